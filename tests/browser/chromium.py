"""Headless Chromium by the DevTools protocol over a pipe: no driver, no package, and nothing but waiting for answers.

A message is JSON that ends in NUL. An answer has the id of what was sent; a message without one is an event.
"""

import base64
import json
import os
import select
import subprocess
import sys
import time
from contextlib import contextmanager

from tests.tools import environment, need

__all__ = ["DARK", "LIGHT", "Page", "chromium"]

LIGHT, DARK = "light", "dark"
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
]  # fmt: skip
# Chromium reads what it is told from descriptor 3 and answers on 4.
LAUNCHER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
LONGEST_SILENCE = 60
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "/": 191}
WRITTEN = {"Enter": "\r", " ": " ", "/": "/"}
SHIFT = 8


class Pipe:
    """The protocol: calls that wait for their answer, and the events that came meanwhile."""

    def __init__(self, reading, writing):
        self.reading, self.writing = reading, writing
        self.number, self.rest = 0, b""
        self.events = []

    def call(self, method, session=None, /, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            left = left[os.write(self.writing, left) :]
        while True:
            answer = self.next()
            if answer.get("id") == message["id"]:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def next(self):
        deadline = time.monotonic() + LONGEST_SILENCE
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.reading], [], [], deadline - time.monotonic())
            assert ready, f"chromium said nothing for {LONGEST_SILENCE} seconds"
            read = os.read(self.reading, 1 << 20)
            assert read, "chromium has gone"
            self.rest += read
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def wait(self, method, session):
        """Return the next event of this kind, which may have come already."""
        while True:
            for event in self.events:
                if event["method"] == method and event.get("sessionId") == session:
                    self.events.remove(event)
                    return event["params"]
            self.events.append(self.next())


class Page:
    """A tab: opens a file, presses keys, measures, and knows what it was that the page did beyond being read."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.target = pipe.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = pipe.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM", "Accessibility"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        return self.pipe.call(method, self.session, **parameters)

    def open(self, path, *, width=1280, theme=LIGHT, medium="screen", script=True):
        self.show(width=width, theme=theme, medium=medium)
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.url = path.as_uri()
        self.call("Page.navigate", url=self.url)
        self.pipe.wait("Page.loadEventFired", self.session)
        return self

    def show(self, *, width=1280, theme=LIGHT, medium="screen"):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        self.call(
            "Emulation.setEmulatedMedia", media=medium, features=[{"name": "prefers-color-scheme", "value": theme}]
        )

    def run(self, expression):
        """Evaluate in the page, which its policy cannot forbid; a promise is awaited."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, key, *, shift=False):
        code = {"key": key, "windowsVirtualKeyCode": KEYS[key], "modifiers": SHIFT if shift else 0}
        self.call(
            "Input.dispatchKeyEvent", type="keyDown", **code, **({"text": WRITTEN[key]} if key in WRITTEN else {})
        )
        self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def screenshot(self):
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def accessible(self):
        """Return role and name of each node that assistive technology sees."""
        # The tree is built as frames are drawn: it is all there when nothing is added by another one.
        nodes = []
        while True:
            self.call("Page.captureScreenshot")
            before, nodes = len(nodes), self.call("Accessibility.getFullAXTree")["nodes"]
            if len(nodes) == before:
                break
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""), node)
            for node in nodes
            if not node["ignored"]
        ]

    def deeds(self):
        """Return what a page that is only read does not do: dialogs, requests, messages, errors, refusals."""
        told = {
            "Page.javascriptDialogOpening", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded",
            "Target.targetCreated", "Page.windowOpen", "Page.frameRequestedNavigation",
        }  # fmt: skip
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        return [
            event
            for event in self.pipe.events
            if event.get("sessionId") == self.session
            and (
                event["method"] in told
                or (event["method"] == "Network.requestWillBeSent" and event["params"]["request"]["url"] != self.url)
            )
        ]

    def close(self):
        self.pipe.call("Target.closeTarget", targetId=self.target)


@contextmanager
def chromium(folder):
    """Run a headless Chromium of its own, its profile in this folder, until the block ends; yield its pipe."""
    program = need("chromium")
    # Not on Windows, where the tests are skipped.
    import fcntl

    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # So high that neither is the 3 or 4 that it becomes.
    passed = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out)]
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        LAUNCHER,
        *map(str, passed),
        program,
        *OPTIONS,
        f"--user-data-dir={folder}",
    ]
    process = subprocess.Popen(
        command, pass_fds=passed, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for end in (theirs_in, theirs_out, *passed):
        os.close(end)
    pipe = Pipe(ours_in, ours_out)
    try:
        yield pipe
        pipe.call("Browser.close")
    finally:
        os.close(ours_out)
        os.close(ours_in)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
