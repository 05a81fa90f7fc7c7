"""What guards the page: headers, the size of requests, and where they come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dna_protein_bca.reports.page import policy

HEADERS = {
    # `policy` names the checksums of the page's own script and style: nothing else runs, and
    # nothing is fetched from anywhere.
    "Content-Security-Policy": policy({"form-action": "'self'", "frame-ancestors": "'none'"}),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Adds the headers, and refuses requests that are too large or sent by another site's page.

    Args:
        app: what answers.
        body: bytes that a request may have.
    """

    def __init__(self, app: ASGIApp, body: int) -> None:
        self._app = app
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._body:
                raise HTTPException(413, self._too_large)
            return message

        await self._app(scope, counted, guarded)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        """The answer to a request that is refused unread; None for one that is not."""
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._body:
            return PlainTextResponse(f"{self._too_large}\n", status_code=413)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
            return PlainTextResponse("This form is not of this page.\n", status_code=403)
        return None

    @property
    def _too_large(self) -> str:
        return f"A request may have at most {self._body:,} bytes: send fewer or shorter sequences."
