"""Time what readers and writers of the site wait for: `make bench-site`.

Writes docs/figures/bench_site.json, which the benchmark page shows. Given the
folder of another built site, loads pages of both in turns, so that what slows
one slows both. Both are served alike from this machine, as GitHub Pages
serves: gzip, and connections kept. `make test` is timed at the end.
"""

import functools
import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from urllib.request import urlopen

from lxml import html
from playwright.sync_api import Browser, sync_playwright

from docs.grammar import CONFIGS
from docs.pdf.browser import ARGUMENTS, INSTALL, find_browser
from tests.bench import machine
from tests.blocks import ROOT
from tests.site import PAGES, SITE, language

TARGET = ROOT / "docs" / "figures" / "bench_site.json"
MKDOCS = [str(Path(sys.executable).parent / "mkdocs")]
GENERATE = [sys.executable, "-m", "docs.generate"]
ROUNDS = 5
MINUTE = 60
EXAMPLE = "losses/cross_entropy_loss/"
QUERY = "cross entropy"
# Lighthouse's mobileSlow4G, which Chrome's tools used to call Fast 3G.
NETWORK = {
    "offline": False,
    "latency": 150 * 3.75,  # ms a request
    "downloadThroughput": 1.6 * 1024 * 0.9 * 1024 / 8,  # bytes a second
    "uploadThroughput": 750 * 0.9 * 1024 / 8,
}
CPU = 4  # times slower
TEXT = {".css", ".html", ".js", ".json", ".svg", ".txt", ".xml"}
PAINTS = """() => {
    window.paints = { lcp: 0, cls: 0 };
    const watch = (type, note) => new PerformanceObserver(
        (list) => list.getEntries().forEach(note)).observe(
        { type, buffered: true });
    watch("largest-contentful-paint", (e) => { paints.lcp = e.startTime; });
    watch("layout-shift", (e) => {
        if (!e.hadRecentInput) paints.cls += e.value;
    });
    watch("paint", (e) => {
        if (e.name === "first-contentful-paint") paints.fcp = e.startTime;
    });
}"""
LATENCY = """() => {
    let start;
    const results = document.querySelector(".md-search-result__list");
    document.addEventListener("keydown",
        () => { start = performance.now(); }, { capture: true, once: true });
    window.latency = new Promise((resolve) => new MutationObserver(() => {
        if (start && results.querySelector("li, a"))
            resolve(performance.now() - start);
    }).observe(results, { childList: true, subtree: true }));
}"""


@functools.cache
def packed(path: Path) -> bytes:
    """Compress a file once, as a server that caches does."""
    return gzip.compress(path.read_bytes(), 6)


class Handler(SimpleHTTPRequestHandler):
    """Serve a folder, compressed, over connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Send a file and count what was sent."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        body, headers = b"", {"Cache-Control": "max-age=600"}
        if found and path.suffix in TEXT:
            body, headers["Content-Encoding"] = packed(path), "gzip"
        elif found:
            body = path.read_bytes()
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        headers["Content-Type"] = self.guess_type(path)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.sent.append(len(body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[ThreadingHTTPServer]:
    """Serve a folder on a free port of this machine, while needed."""
    handler = functools.partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.sent = []
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def seconds(command: list[str]) -> dict[str, float]:
    """Run a command: how long it took, and the processor's part of that."""
    before, start = os.times(), time.perf_counter()
    if subprocess.run(command, cwd=ROOT).returncode:
        sys.exit(f"not measured, it fails: {' '.join(command)}")
    after, spent = os.times(), time.perf_counter() - start
    user = after.children_user - before.children_user
    return {
        "s": spent,
        "cpu_s": user + after.children_system - before.children_system,
    }


def builds() -> dict[str, dict[str, dict[str, float]]]:
    """Build each language without any cache, then again."""
    found = {}
    for kind in ("cold", "warm"):
        if kind == "cold":
            shutil.rmtree(ROOT / "build" / "social", ignore_errors=True)
        for name, config in CONFIGS.items():
            target = ROOT / "build" / "bench-site"
            command = [*MKDOCS, "build", "--quiet", "--config-file", config]
            command += ["--site-dir", str(target)]
            found.setdefault(name, {})[kind] = seconds(command)
            shutil.rmtree(target)
    return found


def free_port() -> int:
    """Ask the system for a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def version(address: str) -> str:
    """Read which build of a page the preview serves."""
    with urlopen(address) as answer:
        return re.search(r"livereload\((\d+)", answer.read().decode())[1]


def worked(process: int) -> float:
    """Read how long the processor has worked for a process."""
    status = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    user, system = status.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def reloads(page: str, edited: Path, rounds: int) -> list[dict[str, float]]:
    """Edit a file during a preview, wait until its page is served anew."""
    port, found, text = free_port(), [], edited.read_bytes()
    address = f"http://127.0.0.1:{port}/{page}"
    command = [*MKDOCS, "serve", "--dirty", "--quiet"]
    command += ["--dev-addr", f"127.0.0.1:{port}"]
    environment = os.environ | {"SITE_URL": f"http://127.0.0.1:{port}/"}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as preview:
        try:
            while True:
                if preview.poll() is not None:
                    sys.exit("mkdocs serve ended: run make serve to see why")
                try:
                    version(address)
                    break
                except OSError:
                    time.sleep(0.2)
            for i in range(rounds):
                before, busy = version(address), worked(preview.pid)
                start = time.perf_counter()
                edited.write_bytes(text + b"\n" * (i + 1))
                while version(address) == before:
                    time.sleep(0.02)
                    if time.perf_counter() - start > MINUTE:
                        sys.exit(f"{page} is not served anew: run make serve")
                spent = time.perf_counter() - start
                busy = worked(preview.pid) - busy
                found.append({"s": spent, "cpu_s": busy})
        finally:
            preview.terminate()
            edited.write_bytes(text)
    return found


def load(browser: Browser, server: ThreadingHTTPServer, page: str) -> dict:
    """Load a page with an empty cache, on a slow network and a slow phone."""
    root, elsewhere = f"http://127.0.0.1:{server.server_port}/", []
    server.sent.clear()
    with browser.new_context(viewport={"width": 412, "height": 823}) as context:
        opened = context.new_page()
        opened.add_init_script(f"({PAINTS})()")
        opened.on(
            "request",
            lambda x: (
                x.url.startswith((root, "data:", "blob:"))
                or elsewhere.append(x.url)
            ),
        )
        tools = context.new_cdp_session(opened)
        tools.send("Network.enable")
        tools.send("Network.emulateNetworkConditions", NETWORK)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
        opened.goto(root + page, wait_until="networkidle", timeout=120_000)
        opened.wait_for_function("paints.fcp && paints.lcp", polling=200)
        time.sleep(1)  # what else is painted or moves
        paints = opened.evaluate("paints")
    return {
        "fcp_ms": paints["fcp"],
        "lcp_ms": paints["lcp"],
        "cls": paints["cls"],
        "bytes": sum(server.sent),
        "requests": len(server.sent),
        "elsewhere": len(elsewhere),
    }


def search(browser: Browser, server: ThreadingHTTPServer) -> float:
    """Type a query, and time from the last key to results on the screen."""
    root = f"http://127.0.0.1:{server.server_port}/"
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto(root, wait_until="networkidle")
        opened.locator("[name=query]").click()
        opened.keyboard.type(QUERY[:-1])
        opened.locator(".md-search-result__item").first.wait_for()
        time.sleep(0.5)
        opened.evaluate(LATENCY)
        opened.keyboard.press(QUERY[-1])
        return opened.evaluate("window.latency")


def alike(site: Path, wanted: int, taken: list[str]) -> str:
    """Find the page of a site whose HTML is as heavy, compressed."""
    pages = [path for path in site.rglob("*.html") if path.name != "404.html"]
    names = {path.relative_to(site).as_posix(): path for path in pages}
    return min(
        names.keys() - set(taken),
        key=lambda name: (abs(len(packed(names[name])) - wanted), name),
    )


def long_page() -> str:
    """Name our page with the most HTML."""
    return max(
        (page for page in PAGES if language(page) == "en"),
        key=lambda page: (SITE / page / "index.html").stat().st_size,
    )


def loads(browser: Browser, peer: Path | None) -> list[dict]:
    """Load three pages of ours, and of the peer, in turns."""
    rows, taken = [], ["index.html"]
    ours = {"home": "", "example": EXAMPLE, "long": long_page()}
    with serve(SITE) as here, serve(peer or SITE) as there:
        for kind, page in ours.items():
            sites = {"ours": (here, page)}
            if peer:
                weight = len(packed(SITE / page / "index.html"))
                name = "index.html" if kind == "home" else ""
                taken.append(name or alike(peer, weight, taken))
                sites["peer"] = (there, taken[-1])
            runs = {who: [] for who in sites}
            for _ in range(ROUNDS):
                for who, where in sites.items():
                    runs[who].append(load(browser, *where))
            for who, where in sites.items():
                row = {"page": kind, "site": who, "address": where[1]}
                row |= {
                    key: median(run[key] for run in runs[who])
                    for key in runs[who][0]
                }
                rows.append(row)
                show(row)
    return rows


def title(site: Path | None) -> str | None:
    """Read how a built site calls itself."""
    return site and html.parse(site / "index.html").findtext(".//title")


def show(row: dict) -> None:
    """Print one line of the table of loads."""
    print(
        "{page:8}{site:6}{fcp_ms:8.0f}{lcp_ms:8.0f}{cls:7.3f}{bytes:10.0f}"
        "{requests:5.0f}{elsewhere:5.0f}  {address}".format(**row),
        flush=True,
    )


def main(peer: Path | None) -> None:
    """Measure everything, and write it down."""
    if peer and not (peer / "index.html").is_file():
        sys.exit(f"{peer}/index.html is not there: PEER_SITE is a built site")
    path = find_browser()
    if not path:
        sys.exit(f"not measured: {INSTALL}")
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "network": NETWORK,
        "cpu": CPU,
        "peer": title(peer),
    }
    print(f"{facts['machine']}, {facts['cores']} cores, load {facts['load']}")
    facts["builds"] = builds()
    for name, kinds in facts["builds"].items():
        for kind, x in kinds.items():
            print("build", name, kind, end=": ")
            print(f"{x['s']:.1f} s, processor {x['cpu_s']:.1f} s", flush=True)
    with subprocess.Popen([*GENERATE, "--watch"], cwd=ROOT) as generating:
        rounds = reloads(EXAMPLE, PAGES[EXAMPLE], ROUNDS)
        generating.terminate()
    x = {key: median(run[key] for run in rounds) for key in rounds[0]}
    facts["reload"] = x
    print(f"live rebuild of a page: {x['s']:.2f} s, ", end="")
    print(f"processor {x['cpu_s']:.2f} s", flush=True)
    # Other hosts can't be found, at once and for both sites.
    closed = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*ARGUMENTS, closed]
        )
        facts["chromium"] = browser.version
        with serve(SITE) as server:
            times = [search(browser, server) for _ in range(ROUNDS)]
        facts["search_ms"] = median(times)
        print(f"search: {facts['search_ms']:.0f} ms after the last key")
        if not peer:
            print("no other site beside ours: make bench-site PEER_SITE=/path")
        print("Lighthouse's mobileSlow4G (Fast 3G), a CPU 4 times slower:")
        print("page    site  FCP ms  LCP ms    CLS     bytes", end="")
        print(" sent lost  address", flush=True)
        facts["loads"] = loads(browser, peer)
        browser.close()
    if lost := max(row["elsewhere"] for row in facts["loads"]):
        print(f"lost: up to {lost:.0f} requests to other hosts, which fail")
        print("here at once: on the web such a page is no faster than this")
    write(facts)
    print("make test, the last to be timed:", flush=True)
    write(facts | {"suite": seconds(["make", "--silent", "test"])})


def write(facts: dict) -> None:
    """Write down what is known, for the benchmark page."""
    text = json.dumps(facts, indent=1) + "\n"
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None)
