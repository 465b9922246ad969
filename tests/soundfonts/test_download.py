"""Fetching: resumed, verified, and one line for whatever goes wrong; against a server that breaks off on purpose."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from partimento.soundfonts import download, install
from partimento.soundfonts.catalogue import CatalogueFont
from partimento.theory.errors import OutputError, RenderError

DATA = bytes(range(256)) * 3000
HASH = hashlib.sha256(DATA).hexdigest()


class _Server:
    """Serves `content`; breaks off after `budget` bytes of an answer while `breaks` lasts."""

    def __init__(self) -> None:
        self.content = DATA
        self.ranges = True
        self.breaks = 0
        self.budget = 100_000
        self.asked: list[str | None] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        if not handler.path.startswith("/font"):
            handler.send_error(404, "Not Found")
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        if start:
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        else:
            handler.send_response(200)
        body = self.content[start:]
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.breaks > 0:
            self.breaks -= 1
            body = body[: self.budget]
        handler.wfile.write(body)
        handler.close_connection = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/font.sf2"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = _Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def test_a_file_is_fetched_and_progress_told(server: _Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    target = download.fetch(
        server.address, tmp_path / "deep" / "a.sf2", len(DATA), HASH, lambda done, of: told.append((done, of))
    )
    assert target.read_bytes() == DATA
    assert told == sorted(told) and told[-1] == (len(DATA), len(DATA))
    assert [path.name for path in target.parent.iterdir()] == ["a.sf2"]


def test_a_broken_connection_goes_on_where_it_broke(server: _Server, tmp_path: Path) -> None:
    server.breaks = 2
    assert download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH).read_bytes() == DATA
    assert server.asked == [None, "bytes=100000-", "bytes=200000-"]


def test_what_came_is_kept_for_the_next_time(server: _Server, tmp_path: Path) -> None:
    server.breaks, server.budget = 99, 50_000
    with pytest.raises(RenderError, match="connection broke after 200000 of 768000 bytes.*run the same again"):
        download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH)
    assert (tmp_path / "a.sf2.part").stat().st_size == 200_000
    assert not (tmp_path / "a.sf2").exists()
    server.breaks, server.asked = 0, []
    download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH)
    assert server.asked == ["bytes=200000-"]


def test_a_server_without_ranges_starts_anew(server: _Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / "a.sf2.part").write_bytes(b"old" * 1000)
    assert download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH).read_bytes() == DATA


@pytest.mark.parametrize("content", [DATA[:-1] + b"?", DATA + b"more"])
def test_a_wrong_file_is_refused_and_removed(server: _Server, tmp_path: Path, content: bytes) -> None:
    server.content = content
    with pytest.raises(RenderError) as raised:
        download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH)
    assert "\n" not in str(raised.value)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0


def test_a_wrong_part_does_not_last(server: _Server, tmp_path: Path) -> None:
    (tmp_path / "a.sf2.part").write_bytes(b"x" * len(DATA))
    with pytest.raises(RenderError, match="is not the file known here"):
        download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH)
    assert download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH).read_bytes() == DATA


def test_no_such_page_and_no_network(server: _Server, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="the server answers 404"):
        download.fetch(server.address.replace("font", "gone"), tmp_path / "a.sf2", len(DATA), HASH)
    with pytest.raises(RenderError, match="no connection"):
        download.fetch("http://127.0.0.1:1/a.sf2", tmp_path / "a.sf2", len(DATA), HASH)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_and_a_folder_that_is_none(
    server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        download.fetch(server.address, tmp_path / "file" / "a.sf2", len(DATA), HASH)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(OutputError, match="the disk is full"):
        download.fetch(server.address, tmp_path / "a.sf2", len(DATA), HASH)
    assert server.asked == []


def _font(**more: object) -> CatalogueFont:
    facts = {
        "name": "Small", "files": ["small"], "rank": 5, "licence": "MIT", "credit": "x", "quality": "x", "gaps": "x",
        "homepage": "https://example.org/small", "debian": "small-soundfont",
        "known": [{"file": "font.sf2", "size_bytes": len(DATA), "sha256": HASH}],
    }  # fmt: skip
    return CatalogueFont.model_validate({**facts, **more})


def test_a_font_is_installed_once(server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    gone = {"address": "https://127.0.0.1:1/font.sf2", "size_bytes": len(DATA), "sha256": HASH}
    font = _font(source=[gone, gone])
    here = font.source[1].model_copy(update={"address": server.address})
    font = font.model_copy(update={"source": (font.source[0], here)})
    path = install.install(font)
    assert path == tmp_path / "partimento" / "soundfonts" / "font.sf2"
    assert install.install(font) == path
    assert len(server.asked) == 1


def test_what_cannot_be_installed_says_how_to_do_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(RenderError, match="licence that is not known here.*apt-get install small-soundfont"):
        install.install(_font(licence="Strange 1.0"))
    with pytest.raises(RenderError, match="By hand: .*https://example.org/small and put the .sf2"):
        install.install(_font())
    monkeypatch.setattr("sys.platform", "win32")
    assert "apt-get" not in install.by_hand(_font())
