//! Files that hold secrets: whether others can read them, and whether the master key in one is random.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Config;

/// The bits of a file's mode that let its group or everybody read, write or execute it.
const OTHERS: u32 = 0o077;

/// The problems of the master key and of the files that the configuration names, each with its key, in
/// production. A file that cannot be read is reported where it is used.
pub(super) fn check(config: &Config) -> Vec<(String, String)> {
    let mut weak = Vec::new();
    if config.is_development() {
        return weak;
    }
    let secrets = &config.secrets;
    let files = [
        (
            "secrets.master_key_file",
            secrets.master_key_file.as_deref(),
        ),
        ("server.tls.key", config.server.tls.key.as_deref()),
    ];
    for (key, path) in files {
        if let Some(path) = path
            && !secrets.accept_readable_files
            && let Some(mode) = mode_for_others(path)
        {
            weak.push((key.to_owned(), readable_by_others(path, mode)));
        }
    }
    for (index, function) in config.triggers.functions.iter().enumerate() {
        if let Some(path) = function.secret_file.as_deref()
            && !secrets.accept_readable_files
            && let Some(mode) = mode_for_others(path)
        {
            let key = format!("triggers.functions[{index}].secret_file");
            weak.push((key, readable_by_others(path, mode)));
        }
    }
    for (index, key) in config.triggers.sender_keys.iter().enumerate() {
        if let Some(path) = key.key_file.as_deref()
            && !secrets.accept_readable_files
            && let Some(mode) = mode_for_others(path)
        {
            let key = format!("triggers.sender_keys[{index}].key_file");
            weak.push((key, readable_by_others(path, mode)));
        }
    }
    if !secrets.accept_weak_keys {
        weak.extend(secrets.weak().into_iter().map(|(key, weakness)| {
            let text = format!(
                "not random: the key {weakness}; draw one, as `openssl rand -base64 32` prints (one that \
                 is in use goes to `secrets.previous_master_keys`), or set `secrets.accept_weak_keys = \
                 true`"
            );
            (key.to_owned(), text)
        }));
    }
    weak
}

/// What is wrong with a configuration file that holds secrets; `None` if nothing is.
pub(super) fn check_configuration_file(config: &Config, path: &Path) -> Option<String> {
    if config.is_development() || config.secrets.accept_readable_files {
        return None;
    }
    let mode = mode_for_others(path)?;
    Some(format!(
        "a secret stands in the file, and {}",
        readable_by_others(path, mode)
    ))
}

/// The file's mode, if it grants others anything.
fn mode_for_others(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & OTHERS != 0).then_some(mode)
}

fn readable_by_others(path: &Path, mode: u32) -> String {
    let path = path.display();
    format!(
        "others than its owner may open {path} (mode {mode:04o}); `chmod 600 {path}`, owned by the \
         server's user, or set `secrets.accept_readable_files = true`"
    )
}
