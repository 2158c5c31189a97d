"""The style sheet of the reports, and the colours that plots share with it."""

COLOURS = {
    "ink": ("#1d2127", "#e9ebee"),
    "muted": ("#59626e", "#a5afbb"),
    "line": ("#d9dee4", "#39414b"),
    "real": ("#2a6cab", "#6db3f2"),
    "made": ("#bd5412", "#f2a05c"),
    "good": ("#1b7a48", "#5cc98f"),
    "bad": ("#b3282d", "#f28b82"),
    "c1": ("#2a6cab", "#6db3f2"),
    "c2": ("#bd5412", "#f2a05c"),
    "c3": ("#7a4fa3", "#c3a1e8"),
    "c4": ("#0f7f86", "#56c5cb"),
    "c5": ("#8c670c", "#e0c159"),
    "c6": ("#a83c74", "#ee93c0"),
}
"""Name to colour on light and on dark ground; all but lines have a contrast of 4.5 or more."""


def _variables(dark: int) -> str:
    return "".join(f"--{name}:{pair[dark]};" for name, pair in COLOURS.items())


ROOT = (
    ":root{color-scheme:light dark;--ground:#f6f7f8;--card:#fff;--soft:#eef1f4;"
    + _variables(0)
    + "}@media (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1c2127;--soft:#272d35;"
    + _variables(1)
    + "}}\n"
)
"""The colours as variables, light or dark as the reader's system is."""

STYLE = (
    ROOT
    + """*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
overflow-wrap:anywhere}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.05rem;font-weight:600;color:var(--muted);margin:0 0 .75rem}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
padding:1.25rem;margin:1rem 0}
.verdict{border-left:.4rem solid var(--muted)}
.verdict.good{border-left-color:var(--good)}
.verdict.bad{border-left-color:var(--bad)}
.verdict .word{font-size:1.6rem;font-weight:700;line-height:1.2;margin:0}
.verdict.good .word{color:var(--good)}
.verdict.bad .word{color:var(--bad)}
.note{color:var(--muted);font-size:.9rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));
gap:1.5rem;align-items:start}
figure{margin:.75rem 0;max-width:31rem;min-width:0}
figcaption{font-weight:600;font-size:.95rem;margin-bottom:.35rem}
svg{display:block;width:100%;height:auto;overflow:visible}
svg *{stroke-linejoin:round;stroke-linecap:butt}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.scroll{overflow-x:auto;margin:.75rem 0;max-width:100%}
table{border-collapse:collapse;font-size:.9rem;min-width:100%}
th,td{padding:.4rem .75rem .4rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line);overflow-wrap:normal}
th{color:var(--muted);font-weight:600;white-space:nowrap}
th[scope=row]{color:inherit;white-space:normal;min-width:6rem;max-width:18rem;
overflow-wrap:break-word}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.wide{min-width:16rem;overflow-wrap:anywhere}
b{font-weight:600}
b.good{color:var(--good)}b.bad{color:var(--bad)}b.muted{color:var(--muted)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;
margin:1rem 0 0}
dt{color:var(--muted);font-size:.85rem}
dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
ul{padding-left:1.2rem;margin:.5rem 0}
li{margin:.25rem 0}
details{margin:.75rem 0}
summary{cursor:pointer;color:var(--muted)}
footer{color:var(--muted);font-size:.85rem}
@media (max-width:40rem){main{padding:1rem .6rem 2rem}section{padding:1rem .85rem}
.verdict .word{font-size:1.35rem}}
@media print{section{break-inside:avoid}}
"""
)
