process DNAPROTEINBCA_PREDICT {
    tag "$meta.id"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "dna-protein-bca:0.1.0"

    input:
    tuple val(meta), path(dna)
    path proteins

    output:
    tuple val(meta), path("*.tsv.gz"), emit: scores
    path "versions.yml"              , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args   = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    export DNA_PROTEIN_BCA_CACHE="\$PWD/cache"

    dna-protein-bca predict \\
        --proteins $proteins \\
        --dna $dna \\
        --threads $task.cpus \\
        --output ${prefix}.tsv.gz \\
        --quiet \\
        $args

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        dna-protein-bca: \$(dna-protein-bca --version | sed -n 's/.*version //p')
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    echo "" | gzip > ${prefix}.tsv.gz

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        dna-protein-bca: \$(dna-protein-bca --version | sed -n 's/.*version //p')
    END_VERSIONS
    """
}
