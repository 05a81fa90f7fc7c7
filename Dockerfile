# The command with its weights, on a CPU, as a user without rights, and without a network:
#   docker build -t dna-protein-bca .
#   docker run --rm --network none -v "$PWD":/data dna-protein-bca \
#       predict --proteins proteins.fa --dna dna.fa -o scores.tsv
FROM python:3.11-slim AS build
WORKDIR /source
# PyTorch first: its layer stays when the package changes.
COPY constraints.txt .
RUN python -m venv /opt/env \
    && /opt/env/bin/pip install --no-cache-dir -c constraints.txt torch \
       --index-url https://download.pytorch.org/whl/cpu
COPY . .
RUN /opt/env/bin/pip install --no-cache-dir -c constraints.txt '.[plots,tracks]'

FROM python:3.11-slim
COPY --from=build /opt/env /opt/env
RUN useradd --create-home --uid 1000 user
USER 1000
WORKDIR /data
ENV PATH=/opt/env/bin:$PATH \
    DNA_PROTEIN_BCA_OFFLINE=1 \
    DNA_PROTEIN_BCA_CACHE=/home/user/cache
ENTRYPOINT ["dna-protein-bca"]
CMD ["--help"]
