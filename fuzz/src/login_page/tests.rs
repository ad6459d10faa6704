use super::check::foreign_parts;

/// A page of the shape that the templates give it, with a value in a text, in an attribute and in a title.
fn page(in_title: &str, in_text: &str, in_attribute: &str, further: &str) -> String {
    format!(
        r##"<!doctype html>
<html lang="en" data-scheme="light">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>{in_title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/acme/assets/login-1.css" integrity="sha256-1">
<script src="/acme/assets/login-1.js" integrity="sha256-1" defer></script>
</head>
<body>
<main data-horizontal="center" data-vertical="center">
<p class="lead">{in_text}</p>
<noscript><p class="alert">Scripts are off.</p></noscript>
<form name="signupform" action="/acme/signup?client_id=a" method="post">
<input class="inputField-customizable" id="username" name="username" type="text" value="{in_attribute}" required>
<button class="second" name="resend" value="true" formaction="/acme/resendcode" formnovalidate>Again</button>
</form>
<a href="#username">Wrong</a> <a class="redirect-customizable" href="/acme/login?client_id=a">Sign in</a>
<a href="https://example.com/terms" target="_blank" rel="noopener noreferrer">Terms</a>
{further}
</main>
</body>
</html>"##
    )
}

#[test]
fn a_page_of_the_templates_passes_with_everything_escaped() {
    let escaped = "&#60;zqzx&#62; &#34; zqzx=&#34;1&#34; &#39;&#38;";
    let found = foreign_parts(&page(escaped, escaped, escaped, ""), "/acme");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_value_that_is_shown_unescaped_is_found() {
    for (place, raw) in [
        ("text", "<zqzx>"),
        ("text", "<b>x</b>"),
        ("text", "<p style=\"color:red\">"),
        ("text", "<p onclick=zqzx()>"),
        ("text", "<!--zqzx-->"),
        ("text", "<![CDATA[zqzx]]>"),
        ("text", "<?zqzx?>"),
        ("text", "<script>zqzx()</script>"),
        (
            "text",
            "<script src=\"https://zqzx.example/assets/a.js\"></script>",
        ),
        ("text", "<style>p{}</style>"),
        ("text", "<iframe src=/acme/login></iframe>"),
        ("text", "<svg onload=zqzx()></svg>"),
        ("text", "<img src=x onerror=zqzx()>"),
        ("text", "<meta http-equiv=refresh content=0>"),
        ("text", "<meta name=\"referrer\" content=\"unsafe-url\">"),
        ("text", "<base href=/acme/>"),
        ("text", "<template><p>x</p></template>"),
        ("text", "</p>"),
        ("text", "</main><main>"),
        ("title", "</title><zqzx>"),
        ("title", "</title><p>"),
        ("attribute", "\" zqzx=\"1"),
        ("attribute", "\" onfocus=\"zqzx()"),
        ("attribute", "\" autofocus onfocus=x a=\""),
        ("attribute", "\" class=\"x"),
        ("attribute", "\" placeholder=\"zqzx"),
        ("attribute", "\"><zqzx a=\""),
        ("further", "<a href=\"javascript:zqzx()\">x</a>"),
        ("further", "<a href=\"JaVaScRiPt:x\">x</a>"),
        ("further", "<a href=\"data:text/html,x\">x</a>"),
        ("further", "<a href=\"//example.com/\">x</a>"),
        ("further", "<a href=\"/acme//\\example.com/\">x</a>"),
        ("further", "<a href=\"https://example.com/\">x</a>"),
        ("further", "<a href=\"/other/login\">x</a>"),
        ("further", "<form action=\"https://example.com/\"></form>"),
        ("further", "<button formaction=\"javascript:x\">x</button>"),
        ("further", "<link rel=\"stylesheet\" href=\"/acme/x.css\">"),
        ("further", "<img src=\"/acme/login\" alt=\"\">"),
        ("further", "<noscript><b>x</b></noscript>"),
        ("further", "<p class=\"zqzx\">x</p>"),
        ("further", "<p class=\"a\" class=\"b\">x</p>"),
    ] {
        let [mut title, mut text, mut attribute, mut further] = [""; 4];
        match place {
            "title" => title = raw,
            "text" => text = raw,
            "attribute" => attribute = raw,
            "further" => further = raw,
            other => panic!("no place {other}"),
        }
        let found = foreign_parts(&page(title, text, attribute, further), "/acme");
        assert!(!found.is_empty(), "{raw} in the {place} is not found");
    }
}

#[test]
fn what_is_found_names_the_element_and_the_attribute() {
    let found = foreign_parts(&page("", "", "\" onfocus=\"zqzx()", ""), "/acme");
    assert!(
        found.contains(&"an attribute onfocus of input".to_owned()),
        "{found:?}"
    );
    let found = foreign_parts(&page("", "<zqzx>", "", ""), "/acme");
    assert!(found.contains(&"an element zqzx".to_owned()), "{found:?}");
    let link = "<a href=\"javascript:x\">x</a>";
    let found = foreign_parts(&page("", "", "", link), "/acme");
    assert!(
        found.contains(&"href of a is javascript:x".to_owned()),
        "{found:?}"
    );
}

/// Under a host name of its own a domain's paths begin with nothing, so that a path of two slashes would lead elsewhere.
#[test]
fn a_domain_with_a_host_name_has_its_paths_at_the_root() {
    let at_root = page("", "", "", "").replace("/acme/", "/");
    assert_eq!(foreign_parts(&at_root, ""), Vec::<String>::new());
    assert_ne!(foreign_parts(&at_root, "/acme"), Vec::<String>::new());
    for address in ["//example.com/", "/\\example.com/", "/&#9;/example.com/"] {
        let markup = at_root.replace("/login?client_id=a", address);
        assert_ne!(
            foreign_parts(&markup, ""),
            Vec::<String>::new(),
            "{address}"
        );
    }
}
