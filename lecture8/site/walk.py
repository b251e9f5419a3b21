"""Serve a site on this machine and walk every link of it."""

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup

ATTRIBUTES = ("href", "src", "poster", "data", "action", "xlink:href")
FOLLOWED = ("a", "area", "form")  # by a reader; all else loads by itself
STYLE_URL = re.compile(r"""url\(\s*("[^"]*"|'[^']*'|[^)"']*)\s*\)|@import\s+("[^"]*"|'[^']*')""")


PREFIX = "/course/"


class Server(SimpleHTTPRequestHandler):
    """As a host of pages: below a name of the site's own, and without lists of folders."""

    def send_head(self):
        """Answer for what lies below `PREFIX` alone."""
        if not self.path.startswith(PREFIX):
            return self.send_error(404)
        self.path = self.path.removeprefix(PREFIX[:-1])
        return super().send_head()

    def log_message(self, *_):
        """Say nothing."""

    def list_directory(self, _):
        """Answer that a folder without a page of its own is not there."""
        self.send_error(404)


class served:
    """The address of a folder on the loopback, while a ``with`` block lasts."""

    def __init__(self, folder: Path):
        if not (folder / "index.html").is_file():
            raise FileNotFoundError(f"There is no {folder / 'index.html'}; run `make course`.")
        handler = partial(Server, directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}{PREFIX}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Walk:
    """What was met: addresses with the places that each has (None: no page), and what is wrong."""

    places: dict[str, set[str] | None] = field(default_factory=dict)
    links: int = 0
    wrong: list[str] = field(default_factory=list)


def walk(folder: Path) -> Walk:
    """Follow all links from the start page of the site in `folder`.

    A link of a reader to another host is left alone. What a page loads must be in `folder`; a
    place in a page (``#here``) must be there when it has loaded, without any script.
    """
    met = Walk()
    with served(folder) as home:
        ahead, wanted = ["index.html"], []  # wanted: page, link, address, place
        while ahead:
            address = ahead.pop()
            if address in met.places:
                continue
            met.places[address], links = _look(home, address)
            for link, is_followed in links:
                met.links += 1
                url, place = urldefrag(urljoin(home + address, link))
                if url.startswith(home):
                    target = unquote(urlsplit(url).path).removeprefix(PREFIX)
                    target += "index.html" if target.endswith("/") or not target else ""
                    wanted.append((address, link, target, place))
                    ahead.append(target)
                elif not (is_followed and _is_elsewhere(url, home)):
                    met.wrong.append(f"{address} loads or links {link}, which is not in the site")
    for address, link, target, place in wanted:
        places = met.places[target]
        if places == {"missing"}:
            met.wrong.append(f"{address} links {link}, which is not there")
        elif place and places is not None and not places & {place, unquote(place)}:
            met.wrong.append(f"{address} links {link}, a page that has no such place")
    return met


def _is_elsewhere(url: str, home: str) -> bool:
    """Return whether a link leads to another host, and not to what is beside the site here."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "mailto") and parts.netloc != urlsplit(home).netloc


def _look(home: str, address: str) -> tuple[set[str] | None, list[tuple[str, bool]]]:
    """Return the places of what lies at `address`, and its links: (as written, is for a reader)."""
    try:
        with urllib.request.urlopen(home + urllib.request.quote(address)) as answer:
            kind, content = answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError:
        return {"missing"}, []
    if kind == "text/css":
        return None, [(link, False) for link in _links_of_style(content.decode())]
    if kind != "text/html":
        return None, []
    page = BeautifulSoup(content.decode(), "html.parser")
    places = {
        element[key] for key in ("id", "name") for element in page.find_all(attrs={key: True})
    }
    return places, [x for x in _links(page) if not re.match("data:|blob:", x[0])]


def _links(page: BeautifulSoup) -> Iterator[tuple[str, bool]]:
    for element in page.find_all(True):
        for key in ATTRIBUTES:
            if key in element.attrs and (key != "data" or element.name == "object"):
                yield element[key].strip(), element.name in FOLLOWED
        for part in element.get("srcset", "").split(", "):
            if part.strip():
                yield part.split()[0], False
        style = element.get("style", "") + (element.get_text() if element.name == "style" else "")
        yield from ((link, False) for link in _links_of_style(style))


def _links_of_style(style: str) -> Iterator[str]:
    for url, imported in STYLE_URL.findall(style):
        link = (url or imported).strip("\"' ")
        if not re.match("data:", link):
            yield link


def unlinked(folder: Path, met: Walk) -> list[str]:
    """Return the files in `folder` that no page leads to."""
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return sorted(files - set(met.places))
