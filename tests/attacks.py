"""Texts that try to break out of a page or a terminal; needs nothing heavy."""


def attacks(url="http://127.0.0.1:9/x"):
    """Return texts that are markup, escape sequences, formulas, or not what they look like."""
    return [
        f"</script><script src='{url}'></script><script>document.title='owned'</script>",
        f'"><img src="{url}" onerror="document.title=1">',
        f"[link={url}]x[/link] <a href='{url}' style=\"background:url({url})\">go</a>",
        "\x1b]0;owned\x07\x1b[2J\x9b31m \u202egpj.exe\u202c \u2066\u200b\x00\ufeff.",
        f"</text></svg></title></style><style>@import '{url}';body{{display:none}}</style> -->",
        f"$x^2_{{\\frac$ & &lt;b&gt; <b>bold</b> ]]> <!-- <svg onload='fetch(\"{url}\")'>",
        "one\u2028two\u2029 'a' \"b\" `c` {{ 7 * 7 }} {% raw %} {# d #} ${e} </caption>",
    ]
