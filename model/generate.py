#!/usr/bin/env python3
"""Generates src/model/generated/*.rs from model/cognito-idp.json.

    python3 model/generate.py            writes the files
    python3 model/generate.py --check    exits 1 when a committed file differs

Constraints are not turned into code: protocol::validation reads them from the same JSON.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "model" / "generated"
EDITION = "2024"

# Which file holds what an operation needs. A shape that operations of one file need lies in that
# file, one that several need in shared.rs.
FILES = {
    "user_pools": """AddCustomAttributes CreateUserPool DeleteUserPool DescribeUserPool
        GetUserPoolMfaConfig ListUserPools SetUserPoolMfaConfig UpdateUserPool""",
    "user_pool_clients": """AddUserPoolClientSecret CreateUserPoolClient DeleteUserPoolClient
        DeleteUserPoolClientSecret DescribeUserPoolClient ListUserPoolClientSecrets
        ListUserPoolClients UpdateUserPoolClient""",
    "sign_up": "ConfirmSignUp ResendConfirmationCode SignUp",
    "authentication": """AdminInitiateAuth AdminRespondToAuthChallenge GetClientToken
        GetDerivedToken GetTokensFromRefreshToken InitiateAuth RespondToAuthChallenge""",
    "sessions": """AdminListUserSessions AdminRevokeUserSession AdminUserGlobalSignOut
        GetUserPoolClientSessionConfiguration GetUserPoolSessionConfiguration GlobalSignOut
        ListUserSessions RevokeToken RevokeUserSession SetUserPoolClientSessionConfiguration
        SetUserPoolSessionConfiguration""",
    "users": """AdminConfirmSignUp AdminCreateUser AdminDeleteUser AdminDeleteUserAttributes
        AdminDisableUser AdminEnableUser AdminGetUser AdminUpdateUserAttributes ListUsers""",
    "profile": """DeleteUser DeleteUserAttributes GetUser GetUserAttributeVerificationCode
        UpdateUserAttributes VerifyUserAttribute""",
    "passwords": """AdminResetUserPassword AdminSetUserPassword ChangePassword
        ConfirmForgotPassword ForgotPassword""",
    "mfa": """AdminDeleteSoftwareToken AdminGetUserAuthFactors AdminSetUserMFAPreference
        AdminSetUserSettings AssociateSoftwareToken GetUserAuthFactors SetUserMFAPreference
        SetUserSettings VerifySoftwareToken""",
    "passkeys": """CompleteWebAuthnRegistration DeleteWebAuthnCredential ListWebAuthnCredentials
        StartWebAuthnRegistration""",
    "devices": """AdminForgetDevice AdminGetDevice AdminListDevices AdminUpdateDeviceStatus
        ConfirmDevice ForgetDevice GetDevice ListDevices UpdateDeviceStatus""",
    "groups": """AdminAddUserToGroup AdminListGroupsForUser AdminRemoveUserFromGroup CreateGroup
        DeleteGroup GetGroup ListGroups ListUsersInGroup UpdateGroup""",
    "identity_providers": """AdminDisableProviderForUser AdminLinkProviderForUser
        CreateIdentityProvider DeleteIdentityProvider DescribeIdentityProvider
        GetIdentityProviderByIdentifier GetSigningCertificate ListIdentityProviders
        UpdateIdentityProvider""",
    "resource_servers": """CreateResourceServer DeleteResourceServer DescribeResourceServer
        ListResourceServers UpdateResourceServer""",
    "domains": """CreateUserPoolDomain DeleteUserPoolDomain DescribeUserPoolDomain
        UpdateUserPoolDomain""",
    "branding": """CreateManagedLoginBranding DeleteManagedLoginBranding
        DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient GetUICustomization
        SetUICustomization UpdateManagedLoginBranding""",
    "terms": """CreateTerms DeleteTerms DescribeTerms DescribeTermsByClient ListTerms
        UpdateTerms""",
    "import_jobs": """CreateUserImportJob DescribeUserImportJob GetCSVHeader ListUserImportJobs
        StartUserImportJob StopUserImportJob""",
    "threat_protection": """AdminListUserAuthEvents AdminUpdateAuthEventFeedback
        DescribeRiskConfiguration SetRiskConfiguration UpdateAuthEventFeedback""",
    "log_delivery": "GetLogDeliveryConfiguration SetLogDeliveryConfiguration",
    "tags": "ListTagsForResource TagResource UntagResource",
    "quotas": "GetProvisionedLimit UpdateProvisionedLimit",
    "replicas": """CreateUserPoolReplica DeleteUserPoolReplica ListUserPoolReplicas
        UpdateUserPoolReplica""",
}

# A file too long for one: what is not itself an operation's input or output lies in the other.
SPLIT = {"user_pools": "user_pool_settings"}

# Errors that every operation may answer and that the model does not list.
COMMON_ERRORS = {
    "AccessDeniedException": 400,
    "ExpiredTokenException": 400,
    "IncompleteSignatureException": 400,
    "InvalidSignatureException": 400,
    "MissingAuthenticationTokenException": 400,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "ThrottlingException": 400,
    "UnknownOperationException": 400,
    "UnrecognizedClientException": 400,
}

KEYWORDS = {"type", "enum", "match", "ref", "use", "move", "loop", "where", "self"}
SCALARS = {
    "string": "String",
    "integer": "i32",
    "long": "i64",
    "double": "f64",
    "boolean": "bool",
    "timestamp": "EpochSeconds",
    # Base64, as on the wire.
    "blob": "String",
}
BANNER = "Generated by model/generate.py from model/cognito-idp.json; do not edit."


def snake(name):
    name = name.replace("OAuth", "Oauth").replace("URLs", "Urls")
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return name.lower()


def field(name):
    name = snake(name)
    return f"r#{name}" if name in KEYWORDS else name


def variant(value):
    if "_" not in value and not value.isupper():
        return value[0].upper() + value[1:]
    parts = [part[0].upper() + part[1:].lower() for part in value.split("_")]
    name = parts[0]
    for part in parts[1:]:
        # V1_0 keeps its underscore, else 1.0 and 10 would be one name.
        name += ("_" if name[-1].isdigit() and part[0].isdigit() else "") + part
    return name


class Model:
    def __init__(self, raw, overrides):
        self.operations, self.errors, self.shapes = raw["operations"], raw["errors"], raw["shapes"]
        # Values that the service takes although the model lacks them.
        for change in overrides:
            values = self.shapes[change["shape"]].get("enum", [])
            values.extend(value for value in change.get("enum", []) if value not in values)
        self.inputs = self.reach(op["input"] for op in self.operations.values())
        self.outputs = self.reach(
            op["output"] for op in self.operations.values() if "output" in op
        )

    def references(self, name):
        shape = self.shapes[name]
        for member in shape.get("members", []):
            yield member["shape"]
        for role in ("member", "key", "value"):
            if role in shape:
                yield shape[role]

    def reach(self, roots):
        seen, queue = set(), list(roots)
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                queue.extend(self.references(name))
        return seen

    def mentions(self, name):
        """The shapes with a type of their own that the Rust type of this one names."""
        found = set()
        for used in self.references(name):
            found |= {used} if self.has_type(used) else self.mentions(used)
        return found

    def has_type(self, name):
        """Whether the shape gets a Rust type of its own."""
        shape = self.shapes[name]
        return "enum" in shape or (shape["type"] == "structure" and not shape.get("document"))

    def rust_type(self, name):
        shape = self.shapes[name]
        if self.has_type(name):
            return name
        if shape.get("document"):
            return "serde_json::Value"
        if shape["type"] == "list":
            return f"Vec<{self.rust_type(shape['member'])}>"
        if shape["type"] == "map":
            key, value = self.rust_type(shape["key"]), self.rust_type(shape["value"])
            return f"BTreeMap<{key}, {value}>"
        return SCALARS[shape["type"]]

    def has_default(self, name):
        """Whether the Rust type implements Default: an enum has no default value."""
        shape = self.shapes[name]
        if "enum" in shape:
            return False
        return all(
            self.has_default(member["shape"])
            for member in shape.get("members", [])
            if member.get("required")
        )

    def enum(self, name):
        rows = [f'    {variant(value)} = "{value}",' for value in self.shapes[name]["enum"]]
        assert len({row.split(" =")[0] for row in rows}) == len(rows), name
        return "\n".join(["wire_enum! {", f"{name} {{", *rows, "}", "}"])

    def structure(self, name):
        derives = ["Clone"]
        if self.has_default(name):
            derives.append("Default")
        if name in self.inputs:
            derives.append("Deserialize")
        if name in self.outputs:
            derives.append("Serialize")
        rows = [f"#[derive({', '.join(derives)})]", f"pub struct {name} {{"]
        for member in self.shapes[name]["members"]:
            rust, attributes = self.rust_type(member["shape"]), [f'rename = "{member["name"]}"']
            if self.shapes[member["shape"]].get("document") and name in self.outputs:
                # Text, so that the members of an answer keep the order in which they are written.
                rust = "Box<serde_json::value::RawValue>"
            if not member.get("required"):
                rust = f"Option<{rust}>"
                if name in self.outputs:
                    attributes.append('skip_serializing_if = "Option::is_none"')
            rows.append(f"    #[serde({', '.join(attributes)})]")
            rows.append(f"    pub {field(member['name'])}: {rust},")
        return "\n".join([*rows, "}"])

    def operation(self, name):
        operation = self.operations[name]
        signed = "false" if operation.get("authtype") == "none" else "true"
        output = operation.get("output", "Empty")
        return "\n".join([
            "operation! {",
            # rustfmt leaves the inside of a macro's braces alone.
            f"        {name}, signed: {signed},",
            f"        {operation['input']} => {output},",
            *textwrap.wrap(
                "[" + ", ".join(operation["errors"]) + "]",
                width=100, initial_indent=" " * 8, subsequent_indent=" " * 12,
            ),
            "    }",
        ])


def file_names():
    return sorted([*FILES, *SPLIT.values(), "shared"])


def placed(model):
    """The shapes with a type of their own, by the file they lie in."""
    needed_by = {}
    for file, names in FILES.items():
        roots = []
        for name in names.split():
            operation = model.operations[name]
            roots += [operation[side] for side in ("input", "output") if side in operation]
        for shape in model.reach(roots):
            if model.has_type(shape):
                needed_by.setdefault(shape, []).append(file)
    operations = model.operations.values()
    sides = {op[side] for op in operations for side in ("input", "output") if side in op}
    files = {file: [] for file in file_names()}
    for shape in sorted(needed_by):
        file = needed_by[shape][0] if len(needed_by[shape]) == 1 else "shared"
        files[file if shape in sides else SPLIT.get(file, file)].append(shape)
    return files


def source_file(model, file, files):
    shapes, operations = files[file], sorted(FILES.get(file, "").split())
    home = {shape: name for name, shapes in files.items() for shape in shapes}
    blocks = [
        model.enum(shape) if "enum" in model.shapes[shape] else model.structure(shape)
        for shape in shapes
    ]
    body = "\n\n".join(blocks)
    imports = []
    if "BTreeMap<" in body:
        imports.append("use std::collections::BTreeMap;\n")
    names = [name for name in ("Deserialize", "Serialize") if re.search(rf"\b{name}\b", body)]
    if names:
        imports.append(f"use serde::{{{', '.join(names)}}};\n")
    local = []
    if re.search(r"\bEpochSeconds\b", body):
        local.append("use crate::model::wire::EpochSeconds;")
    if "wire_enum!" in body:
        local.append("use crate::model::wire::wire_enum;")
    mentioned = set().union(*(model.mentions(shape) for shape in shapes))
    for other in file_names():
        foreign = sorted(used for used in mentioned if other != file and home[used] == other)
        if foreign:
            local.append(f"use super::{other}::{{{', '.join(foreign)}}};")
    imports.append("\n".join(local))
    title = "what several resources need" if file == "shared" else file.replace("_", " ")
    text = f"//! Wire shapes: {title}.\n//!\n//! {BANNER}\n\n"
    text += "\n".join(imports) + "\n\n" + body + "\n"
    if operations:
        mine = sorted(
            {
                model.operations[name].get("output", "Empty")
                for name in operations
            }
            | {model.operations[name]["input"] for name in operations}
        )
        here = [name for name in mine if name != "Empty"]
        uses = [f"use super::{{{', '.join(here)}}};"]
        wire = ["operation"] + (["Empty"] if "Empty" in mine else [])
        uses.append(f"use crate::model::wire::{{{', '.join(wire)}}};")
        markers = "\n\n".join(model.operation(name) for name in operations)
        text += "\npub mod ops {\n" + "\n".join(uses) + "\n\n" + markers + "\n}\n"
    return text


def errors_file(model):
    status = {name: 500 if entry.get("fault") else 400 for name, entry in model.errors.items()}
    status = dict(sorted({**COMMON_ERRORS, **status}.items()))
    rows = [f'    {name} = "{name}",' for name in status]
    unusual = {}
    for name, code in status.items():
        if code != 400:
            unusual.setdefault(code, []).append(f"Self::{name}")
    arms = [f"{' | '.join(names)} => {code}," for code, names in sorted(unusual.items())]
    common = ", ".join(f"Self::{name}" for name in sorted(COMMON_ERRORS))
    return "\n".join([
        "//! Every error type the service answers.", "//!", f"//! {BANNER}", "",
        "use crate::model::wire::wire_enum;", "",
        "wire_enum! {", "ErrorCode {", *rows, "}", "}", "",
        "impl ErrorCode {",
        "/// What any operation may answer although its list of errors does not say so.",
        f"pub const COMMON: &'static [Self] = &[{common}];", "",
        "/// The status of the answer: 400 for whatever the caller can mend, also where the model",
        "/// or the reference name another one.",
        "#[must_use]",
        "#[expect(clippy::wildcard_enum_match_arm, reason = \"all codes but a few have the same status\")]",
        "pub const fn http_status(self) -> u16 {",
        "match self {", *arms, "_ => 400,", "}", "}", "}", "",
    ])


def module_file(model):
    files = file_names()
    return "\n".join([
        "//! What model/generate.py makes of the service model, one file per resource.",
        "//!", f"//! {BANNER}", "",
        *[f"mod {name};" for name in sorted([*files, "error_code"])], "",
        "pub use error_code::ErrorCode;",
        *[f"pub use {name}::*;" for name in files], "",
        "pub mod ops {",
        *[f"pub use super::{name}::ops::*;" for name in sorted(FILES)],
        "}", "",
        "/// Calls `$visit!(SignUp);` and so on, for tests about every operation.",
        "#[cfg(test)]",
        "macro_rules! each_operation {",
        "    ($visit:ident) => {",
        *[f"        $visit!({name});" for name in sorted(model.operations)],
        "    };", "}", "#[cfg(test)]", "pub(crate) use each_operation;", "",
    ])


def rustfmt(text):
    done = subprocess.run(
        ["rustfmt", "--edition", EDITION], input=text, capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def generate():
    read = lambda name: json.loads((ROOT / "model" / name).read_text())
    model = Model(read("cognito-idp.json"), read("overrides.json"))
    listed = [name for names in FILES.values() for name in names.split()]
    if sorted(listed) != sorted(model.operations):
        sys.exit(f"FILES differs from the model: {set(listed) ^ set(model.operations)}")
    files = {"mod.rs": module_file(model), "error_code.rs": errors_file(model)}
    shapes = placed(model)
    for file in shapes:
        files[f"{file}.rs"] = source_file(model, file, shapes)
    return {name: rustfmt(text) for name, text in files.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    arguments = parser.parse_args()
    files = generate()
    present = {path.name: path.read_text() for path in TARGET.glob("*.rs")}
    if arguments.check:
        stale = sorted(n for n in files.keys() | present.keys() if files.get(n) != present.get(n))
        if stale:
            sys.exit(f"stale: {', '.join(stale)}; run python3 model/generate.py")
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in present.keys() - files.keys():
        (TARGET / name).unlink()
    for name, text in files.items():
        if present.get(name) != text:
            (TARGET / name).write_text(text)


if __name__ == "__main__":
    main()
