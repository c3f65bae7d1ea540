"""Payloads for what is no page: addresses, strings, keys, header lines, hints to the browser."""

from __future__ import annotations

from collections.abc import Iterator

from tests.payloads.marks import BEACON, CODED, IMAGE, JS, PLAIN, SCRIPT, URL, percent, references


def addresses() -> Iterator[str]:
    """Addresses that are no addresses: bare (as a source may be), and as links."""
    run = f"javascript:{JS}"
    spelled = (
        run, f"JaVaScRiPt:{JS}", f" {run}", f"\x01{run}", f"java\tscript:{JS}",
        f"java\nscript:{JS}", f"java\r\nscript:{JS}", f"javascript\t:{JS}",
        f"javascript&colon;{JS}",
        f"java&Tab;script:{JS}", f"java&NewLine;script&colon;{JS}", f"&#1;{run}", f"&#x20;{run}",
        f"{references('javascript:', '&#{};')}{JS}", f"{references('javascript:', '&#x{:x};')}{JS}",
        f"{references('javascript:', '&#{:07}')}{JS}", f"java%73cript:{JS}",
        f"javascript://example.org/%0a{JS}", f"javascript://%0d%0a{JS}//.html", f"vbscript:{JS}",
        f"data:text/html,{SCRIPT}", f"data:text/html;base64,{CODED}{SCRIPT}{PLAIN}",
        f"livescript:{JS}",
        f"data:image/svg+xml,<svg onload={JS} xmlns='http://www.w3.org/2000/svg'/>",
        f"blob:{JS}", f"view-source:{run}", f"feed:{run}", f"jar:{run}!/", f"file:///{run}",
    )  # fmt: skip
    for text in spelled:
        yield text
        yield f'<a href="{text}">go</a>'
    yield from (f"https://a.test/{IMAGE}", f'https://a.test/"><img src=x onerror={JS}>',
                f"https://a.test/?a=b' onmouseover='{JS}", f"//a.test/#{SCRIPT}",
                f"https:javascript:{JS}", f"https://javascript:{JS}@a.test/")  # fmt: skip


def strings() -> Iterator[str]:
    """Out of JSON, and out of strings and templates inside a script."""
    for before in ("", '"', "'", "`", '"}', '"]}', "\\", '\\"', "*/", "\u2028", "<!--"):
        yield f"{before}</script>{SCRIPT}"
    for q in ('"', "'", "`"):
        yield from (f"{q}-{JS}-{q}", f"{q};{JS};//", f"\\{q};{JS};//", f"{q}+{JS}+{q}")
    yield from (f"${{{JS}}}", f"{{{{{JS}}}}}", f"<%= {JS} %>", f"#{{{JS}}}", f"[[${{{JS}}}]]",
                f"{{% raw %}}{IMAGE}{{% endraw %}}", f"{{{{constructor.constructor('{JS}')()}}}}",
                f"{{@html '{IMAGE}'}}", f"</SCRIPT/x>{SCRIPT}",
                f"<!--<script>{SCRIPT}")  # fmt: skip


def prototypes() -> Iterator[str]:
    for key in ("__proto__", "constructor.prototype", "constructor[prototype]", "prototype"):
        yield f'{{"{key}":{{"innerHTML":"{IMAGE}","onerror":"{JS}"}}}}'
        yield f"?{key}[innerHTML]={IMAGE}&{key}[src]={URL}"
        yield f"{key}[srcdoc]={SCRIPT}"
    yield from (f'{{"toString":"{JS}","valueOf":"{JS}"}}{IMAGE}', f"__proto__{IMAGE}",
                f"hasOwnProperty{SCRIPT}",
                f'{{"role":"assistant","content":"{IMAGE}"}}')  # fmt: skip


def queries() -> Iterator[str]:
    for start in ("?q=", "#", "#:~:text=", "?__theme=dark", "?view=api&x=", "?s=0&e=4&ps=",
                  "?theme=", "../", "?v=", "?deep_link=", ";/%2e%2e/", "?lang=en"):  # fmt: skip
        yield f'{start}"><img src=x onerror={JS}>'
    yield from (f"?q=javascript:{JS}{IMAGE}", f"#javascript:{JS}{SCRIPT}")


def headers() -> Iterator[str]:
    """Out of a header that names a file or an address, into other headers and the body."""
    for end in ("\r\n", "\n", "\r", "\u2028", "\x85", "%0d%0a", "%0A", "嘊嘍", "\\r\\n"):
        yield f"a.html{end}Content-Type: text/html{end}{end}{SCRIPT}"
        yield f"a.html{end}Refresh: 0;url=http:{URL}{end}{end}{BEACON}"
        yield f'a{end}Link: <http:{URL}>; rel="preload"; as="image"{end}{end}{IMAGE}'
    yield from (
        f'a.html"; filename="b.html{IMAGE}', f"a.html; filename*=UTF-8''{percent(SCRIPT)}",
        f"a.html;.txt{IMAGE}", f"=?utf-8?B?{CODED}{SCRIPT}{PLAIN}?=", f"a.txt\x00.html{SCRIPT}",
        f"../../{IMAGE}.html", f"..\\..\\{IMAGE}.html", f"C:\\{IMAGE}", f"a.html::$DATA{IMAGE}",
    )  # fmt: skip


def clobbering() -> Iterator[str]:
    names = "gradio_config hl q-frame q-panel q-chat q-box q-live __ran body rows list"
    for name in names.split():
        yield f"<a id={name} name={name} href={URL}></a><a id={name} name=src href=x>{BEACON}</a>"
        yield f"<form id={name} name={name} action={URL}><input name=action>{BEACON}</form>"
    yield f'<meta name="q-words" content=\'{{"newTab":"x"}}\'>{BEACON}'
    yield f"<iframe name=q-frame srcdoc='{SCRIPT}'></iframe>"


def long_ones() -> Iterator[str]:
    for filler in ("A", "<", "&", '"', "<b>", "&amp;", " ", "\n", "</p>", "<!--", "é", "\u202e"):
        yield filler * (6_000 // len(filler)) + IMAGE
    yield f"<img src=x {'a=b ' * 2_000}onerror={JS}>"


RELATIONS = """prefetch preconnect dns-prefetch modulepreload icon manifest prerender pingback
apple-touch-icon compression-dictionary"""


def remote() -> Iterator[str]:
    yield from (
        f"<img src={URL}>", f"<img srcset='{URL} 2x'>",
        f"<picture><source srcset={URL}><img></picture>",
        f"<video poster={URL}></video>", f"<video src={URL} autoplay></video>",
        f"<audio src={URL}>",
        f"<video autoplay><track default src={URL}></video>", f"<body background={URL}>",
        f"<table background={URL}><td>x</table>", f"<input type=image src={URL}>",
        f"<img lowsrc={URL} dynsrc={URL} src=http:{URL}>", f"<bgsound src={URL}>",
        f"<a href=# ping={URL}>go</a>", f"<img src=x attributionsrc={URL}>", f"<image src={URL}>",
        f"<html manifest={URL}>{BEACON}", f"<img loading=lazy src={URL}>", f"<menuitem icon={URL}>",
    )  # fmt: skip
    for rel in RELATIONS.split():
        yield f"<link rel={rel} href=http:{URL}>"
    for kind in ("image", "script", "style", "font"):
        yield f"<link rel=preload as={kind} href={URL} crossorigin>"
    rules = f'{{"prefetch":[{{"source":"list","urls":["http:{URL}"]}}]}}'
    yield f"<script type=speculationrules>{rules}</script>"
