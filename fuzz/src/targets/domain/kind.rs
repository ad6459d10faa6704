//! What a request at a domain is made of where it is right.

use axum::http::Method;

/// A name and a value, in which `$Name` stands for a variable of the world.
pub(super) type Pair = (&'static str, &'static str);

/// A kind of request.
pub(super) struct Kind {
    /// What it is called, as is its input in the corpus.
    pub name: &'static str,
    /// What it is.
    pub what: What,
    /// Its cookies, without those that the browser has got and the one of forms.
    pub cookies: &'static [Pair],
    /// Its header `Authorization`: the scheme, and what follows. With `Basic` that is still to be encoded.
    pub authorization: Option<Pair>,
    /// The status of the answer where it is right.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "says of the table that it is right, which a test proves"
        )
    )]
    pub status: u16,
}

/// What a request is.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// A GET with a query.
    Get(&'static str, &'static [Pair]),
    /// A POST of a form by a program.
    Post(&'static str, &'static [Pair]),
    /// A POST of a form by a browser, with the query of a request for authorization.
    Form(&'static str, &'static [Pair]),
    /// The first form of the page that the browser shows, filled in.
    FirstForm,
    /// Its last form.
    LastForm,
    /// The page that the answer before has led to.
    Follow,
}

impl What {
    /// The method.
    pub fn method(self) -> Method {
        match self {
            Self::Get(..) | Self::Follow => Method::GET,
            Self::Post(..) | Self::Form(..) | Self::FirstForm | Self::LastForm => Method::POST,
        }
    }
}

/// A kind of request, which has no cookie and no `Authorization`.
pub(super) const fn kind(name: &'static str, what: What, status: u16) -> Kind {
    Kind {
        name,
        what,
        cookies: &[],
        authorization: None,
        status,
    }
}
