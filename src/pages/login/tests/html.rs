//! A page as a browser's parser understands it.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

pub struct Page {
    /// All elements, in the order of the document.
    pub elements: Vec<Element>,
    /// What is not well-formed.
    pub faults: Vec<String>,
}

pub struct Element {
    pub tag: String,
    pub attributes: Vec<(String, String)>,
    /// The text in it, of its descendants too.
    pub text: String,
    /// Which of the document's forms it is in, or is.
    form: Option<usize>,
}

impl Element {
    pub fn find(&self, attribute: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name == attribute);
        found.map(|(_, value)| value.as_str())
    }

    pub fn get(&self, attribute: &str) -> &str {
        self.find(attribute).unwrap_or_default()
    }
}

impl Page {
    pub fn read(markup: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(markup);
        let mut page = Self {
            elements: Vec::new(),
            faults: dom
                .errors
                .borrow()
                .iter()
                .map(ToString::to_string)
                .collect(),
        };
        page.add(&dom.document, None);
        page
    }

    fn add(&mut self, node: &Handle, mut form: Option<usize>) {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let tag = name.local.to_string();
            if tag == "form" {
                form = Some(self.elements.len());
            }
            let attributes = attrs.borrow();
            let attributes = attributes.iter().map(|attribute| {
                (
                    attribute.name.local.to_string(),
                    attribute.value.to_string(),
                )
            });
            self.elements.push(Element {
                tag,
                attributes: attributes.collect(),
                text: text(node),
                form,
            });
        }
        for child in node.children.borrow().iter() {
            self.add(child, form);
        }
    }

    pub fn all(&self, tag: &str) -> Vec<&Element> {
        self.elements.iter().filter(|e| e.tag == tag).collect()
    }

    pub fn by_id(&self, id: &str) -> &Element {
        let found = self.elements.iter().find(|e| e.find("id") == Some(id));
        found.unwrap_or_else(|| panic!("no element {id}"))
    }

    pub fn in_form<'a>(&'a self, form: &'a Element) -> impl Iterator<Item = &'a Element> {
        let inside = self.elements.iter().filter(|e| e.form == form.form);
        inside.filter(|e| e.tag != "form")
    }
}

fn text(node: &Handle) -> String {
    let own = if let NodeData::Text { contents } = &node.data {
        contents.borrow().to_string()
    } else {
        String::new()
    };
    let below: String = node.children.borrow().iter().map(text).collect();
    own + &below
}
