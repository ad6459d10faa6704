"""What stands for a browser where none runs: it sends the login page's form as the page has it."""

import html.parser
import urllib.parse

import requests


class Form(html.parser.HTMLParser):
    """The first form of a page that has a field of this name: its action and its hidden fields."""

    def __init__(self, markup, field):
        super().__init__()
        self.field, self.found = field, False
        self.action, self.hidden = None, {}
        self.feed(markup)
        if not self.found:
            raise AssertionError(f"no form with {field} in\n{markup}")

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if self.found and tag == "form":
            # What follows belongs to another form.
            self.field = None
        if self.field is None:
            return
        if tag == "form":
            self.action, self.hidden = attributes["action"], {}
        elif tag == "input" and attributes.get("type") == "hidden":
            self.hidden[attributes["name"]] = attributes["value"]
        elif attributes.get("name") == self.field:
            self.found = True


def submit(visitor, page, follow=True, **typed):
    """Sends the page's form with these fields, filled in; what it leads to."""
    form = Form(page.text, next(iter(typed)))
    return visitor.post(
        urllib.parse.urljoin(page.url, form.action), timeout=30, allow_redirects=follow,
        data={**form.hidden, **typed},
    )


def sign_in(address, username, password):
    """Signs in at the page that the address leads to; the address of the application that a browser is sent to."""
    with requests.Session() as visitor:
        page = visitor.get(address, timeout=30)
        page.raise_for_status()
        answer = submit(visitor, page, follow=False, username=username, password=password)
    if answer.status_code != 302:
        raise AssertionError(f"{answer.status_code}: {answer.text}")
    return answer.headers["location"]
