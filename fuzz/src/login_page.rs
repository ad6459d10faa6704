//! A login page as a browser's parser understands it.

pub(crate) mod check;
#[cfg(test)]
mod tests;
mod vocabulary;

use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// A page.
pub(crate) struct Page {
    /// All elements, in the order of the document.
    pub elements: Vec<Element>,
    /// The comments and processing instructions.
    pub comments: Vec<String>,
    /// What is not well-formed, such as an attribute that an element has twice.
    pub faults: Vec<String>,
}

/// An element.
pub(crate) struct Element {
    /// Its name.
    pub tag: String,
    /// The name of the element that it is in.
    pub parent: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
    /// The text in it, without that of its descendants.
    pub text: String,
    /// Which of the document's elements is the form that it is in, or is.
    form: Option<usize>,
}

impl Element {
    /// The value of an attribute.
    pub fn find(&self, attribute: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name == attribute);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of an attribute; empty if there is none.
    pub fn get(&self, attribute: &str) -> &str {
        self.find(attribute).unwrap_or_default()
    }
}

impl Page {
    /// Reads a page as a browser does that runs scripts, or as one that does not. The latter sees what is in `noscript`.
    pub fn read(markup: &str, runs_scripts: bool) -> Self {
        let options = ParseOpts {
            tree_builder: TreeBuilderOpts {
                scripting_enabled: runs_scripts,
                ..TreeBuilderOpts::default()
            },
            ..ParseOpts::default()
        };
        let dom = parse_document(RcDom::default(), options).one(markup);
        let faults = dom.errors.borrow();
        let mut page = Self {
            elements: Vec::new(),
            comments: Vec::new(),
            faults: faults.iter().map(ToString::to_string).collect(),
        };
        page.add(&dom.document, "", None);
        page
    }

    fn add(&mut self, node: &Handle, parent: &str, mut form: Option<usize>) {
        let mut own_name = parent.to_owned();
        match &node.data {
            NodeData::Element { name, attrs, .. } => {
                own_name = name.local.to_string();
                if own_name == "form" {
                    form = Some(self.elements.len());
                }
                let attributes = attrs.borrow();
                let attributes = attributes.iter().map(|attribute| {
                    let name = attribute.name.local.to_string();
                    (name, attribute.value.to_string())
                });
                self.elements.push(Element {
                    tag: own_name.clone(),
                    parent: parent.to_owned(),
                    attributes: attributes.collect(),
                    text: node.children.borrow().iter().map(text).collect(),
                    form,
                });
            }
            NodeData::Comment { contents } => self.comments.push(contents.to_string()),
            NodeData::ProcessingInstruction { contents, .. } => {
                self.comments.push(contents.to_string());
            }
            NodeData::Document | NodeData::Doctype { .. } | NodeData::Text { .. } => {}
        }
        for child in node.children.borrow().iter() {
            self.add(child, &own_name, form);
        }
    }

    /// The forms.
    pub fn forms(&self) -> Vec<Form<'_>> {
        let elements = self.elements.iter().enumerate();
        let forms = elements.filter(|(_, element)| element.tag == "form");
        forms
            .map(|(index, form)| {
                let inside = self.elements.iter().filter(|e| e.form == Some(index));
                let is_field = |e: &&Element| ["input", "textarea", "button"].contains(&&*e.tag);
                Form {
                    action: form.get("action"),
                    fields: inside.filter(is_field).collect(),
                }
            })
            .collect()
    }

    /// The value of the first field of this name; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        let found = self.elements.iter().find(|e| e.get("name") == name);
        found.map_or("", |element| element.get("value"))
    }
}

/// A form of a page.
pub(crate) struct Form<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// Its inputs and buttons.
    pub fields: Vec<&'a Element>,
}

fn text(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        NodeData::Document
        | NodeData::Doctype { .. }
        | NodeData::Comment { .. }
        | NodeData::Element { .. }
        | NodeData::ProcessingInstruction { .. } => String::new(),
    }
}
