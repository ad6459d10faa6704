//! How the pages of an app client look: the one place that makes it of what is set.

use crate::flows::oauth::looks::{MadeLooks, PageLook};
use crate::pages::login::branding::{Branding, PictureFile};

/// The looks of the pages of app clients that this node has made.
pub(in crate::oauth) type Looks = MadeLooks<ClientLook>;

/// How the pages of an app client look.
#[derive(Default)]
pub(in crate::oauth) struct ClientLook {
    /// What the pages are rendered with.
    pub branding: Branding,
    /// The files of pictures, without what is in them, by category and colour mode.
    pictures: Vec<(PictureFile, (String, String))>,
}

impl ClientLook {
    /// The look that was set; `None` if the client has no pages.
    pub fn of(look: &PageLook) -> Option<Self> {
        match look {
            PageLook::Managed(set) => Some(Self {
                branding: Branding::managed(set.settings.as_ref(), &set.assets),
                pictures: set
                    .assets
                    .iter()
                    .filter_map(|asset| {
                        let (category, color_mode) = asset.key();
                        let key = (category.to_owned(), color_mode.to_owned());
                        Some((PictureFile::of(asset)?, key))
                    })
                    .collect(),
            }),
            PageLook::Classic(Some(look)) => Some(Self {
                branding: Branding::classic(look, "/logo"),
                pictures: Vec::new(),
            }),
            PageLook::Classic(None) => Some(Self::default()),
            PageLook::None => None,
        }
    }

    /// Category and colour mode of the picture whose file has this name.
    pub fn picture(&self, name: &str) -> Option<(&str, &str)> {
        let found = self.pictures.iter().find(|(file, _)| file.id() == name);
        found.map(|(_, (category, color_mode))| (category.as_str(), color_mode.as_str()))
    }
}
