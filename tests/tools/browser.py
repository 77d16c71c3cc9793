#!/usr/bin/env python3
"""The report for a browser, seen by one: the finding, the dim that is marked, the graph around it, nothing out of place.

usage: browser.py MODEL-LINT LINT_MODELS [--picture=FILE.png]        --picture: writes what tools/README.md shows

Exits with 77, which ctest shows as skipped, where there is no Chromium.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from PIL import Image

from small import call, check, finish, grouped, write

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
LOOK = """<pre id="seen"></pre><script>
const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom, b.width, b.height]; };
const all = (s, f) => [...document.querySelectorAll(s)].map(f);
const inside = (a, b) => a[0] >= b[0] - 1 && a[1] >= b[1] - 1 && a[2] <= b[2] + 1 && a[3] <= b[3] + 1;
document.getElementById("seen").textContent = JSON.stringify({
  text: document.body.innerText,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  marks: all("mark", e => [e.textContent, getComputedStyle(e).backgroundColor]),
  svgs: all("svg", e => ({ box: box(e), texts: [...e.querySelectorAll("text")].map(t => t.textContent),
    out: [...e.querySelectorAll("text, rect, path")].filter(t => !inside(box(t), box(e))).length })),
  borders: all("article", e => getComputedStyle(e).borderLeftColor),
  hidden: all("details:not([open]) h4", e => e.checkVisibility()).filter(x => x).length });
</script></body>"""


def browse(browser, folder, *arguments):
    p = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=2000",
                        "--user-data-dir=" + os.path.join(folder, "profile"), *arguments],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True)
    return p.stdout.decode()


def seen(browser, folder, page):
    path = write(os.path.join(folder, "look.html"), page.replace("</body>", LOOK))
    dom = browse(browser, folder, "--window-size=1000,1400", "--dump-dom", "file://" + path)
    text = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.S)[1]
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return json.loads(text)


def picture(browser, folder, page, height, path):
    source = write(os.path.join(folder, "page.html"), page)
    browse(browser, folder, f"--window-size=920,{height}", "--screenshot=" + path, "file://" + source)
    with Image.open(path) as image:
        return image.convert("RGB")


def main():
    paths = [a for a in sys.argv[1:] if not a.startswith("--picture=")]
    if len(paths) != 2:
        sys.exit(__doc__)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        print("skipped: no browser: none of " + ", ".join(BROWSERS) + " is installed")
        sys.exit(77)
    lint, models = map(os.path.abspath, paths)
    os.chdir(models)
    with tempfile.TemporaryDirectory() as folder:
        odd = write(os.path.join(folder, "odd.onnx"), grouped("</text><b>&\x1b", "block/" * 40, ["N", 16, 32, 32]))
        page = call(lint, "--format=html", "residual-stride.onnx", "batch-hard.onnx", "nan-weight.onnx", odd)[1]
        d = seen(browser, folder, page)
        check("dims 8 and 4 do not broadcast: A.shape[2] is 8, B.shape[2] is 4" in d["text"] and
              "help: make them equal, or one of them 1" in d["text"], "the words: " + d["text"])
        check([m[0] for m in d["marks"]] == ["8", "4", "batch", "16", "1"] and
              {m[1] for m in d["marks"]} == {"rgb(255, 217, 221)"}, f"guilty dims are marked: {d['marks']}")
        check(len(d["svgs"]) == 3 and all(s["box"][4] > 80 and s["box"][5] > 80 for s in d["svgs"]), "graphs have a size")
        check(all(s["out"] == 0 for s in d["svgs"]), "what is drawn lies within its picture")
        check({"Add", "res_add", "Conv", "x", "y"} <= set(d["svgs"][0]["texts"]), f"the graph around: {d['svgs'][0]['texts']}")
        check(any("</text><b>&\\x1b" in t for t in d["svgs"][2]["texts"]), "a name that looks like markup")
        check(len(set(d["borders"])) == 2 and d["hidden"] == 0, "errors and warnings differ; pages of rules are folded")
        check(d["wide"] <= 0, f"{d['wide']} pixels stand out at the right")
        one = call(lint, "--format=html", "residual-stride.onnx")[1]
        image = picture(browser, folder, one, 680, os.path.join(folder, "seen.png"))
        colors = {c: n for n, c in image.getcolors(1 << 24)}
        check(colors.get((255, 217, 221), 0) > 50 and colors.get((194, 31, 48), 0) > 500 and len(colors) > 50,
              "marks, borders and letters are painted")
        for option in sys.argv[1:]:
            if option.startswith("--picture="):
                image.quantize(32).save(option.partition("=")[2], optimize=True)
    finish("a page in " + os.path.basename(browser))


main()
