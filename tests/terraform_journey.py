"""The part of tests/journeys that is about Terraform: which one, and what is done with it.

The configurations in tests/clients/terraform have every resource and data source of user pools that the AWS
provider knows, in two states: `before`, and `after`, in which nearly every member has another value. What is
beside the two folders belongs to both. A plan is empty right behind each apply, or the journey fails.

Run by itself, it prints Terraform and the folder with its plugins, or says what is missing.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

CONFIGURATIONS = Path(__file__).resolve().parent / "clients/terraform"
VARIABLE = "COGNATE_TEST_TERRAFORM_PLUGINS"
# Where images and people keep plugins, the last ones being those where Terraform itself looks.
PLUGINS = (
    "/opt/tf-plugins", "~/.terraform.d/plugins", "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
PROVIDER = "registry.terraform.io/hashicorp/aws"
VERSION = "5.100"

# The provider makes these anew: when what they join changes, and for another name.
REPLACED = {
    "aws_cognito_user_in_group.permanent", "aws_cognito_user_in_group.moving",
    "aws_cognito_resource_server.bare",
}
# Terraform is told to leave this one to its owner.
UNCHANGED = {"aws_cognito_user_pool_client.of_another_service"}


class NotInstalled(Exception):
    """This machine lacks what the journey needs; says what."""


class Differs(Exception):
    """Terraform and the server disagree."""


def installed():
    """Terraform, and a folder of plugins that has the provider."""
    program = shutil.which("terraform")
    if not program:
        raise NotInstalled("there is no Terraform on this machine")
    named = os.environ.get(VARIABLE)
    places = [Path(place).expanduser() for place in ([named] if named else PLUGINS)]
    for place in places:
        provider = place / PROVIDER
        # A folder for each version, or the packed files of all of them.
        if any(provider.glob(f"{VERSION}.*/*/*")) or any(provider.glob(f"*_{VERSION}.*.zip")):
            return program, place
    looked = ", ".join(map(str, places))
    raise NotInstalled(
        f"the AWS provider {VERSION} is not in {looked}: `terraform providers mirror` fetches it into a folder, "
        f"which {VARIABLE} can name"
    )


def cli_config(plugins):
    """Terraform's own configuration: plugins come from the folder and from nowhere else."""
    return (
        "disable_checkpoint = true\n"
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{plugins}"\n  }}\n}}\n'
    )


class Terraform:
    """The program with a folder of its own, which reaches no host but this one."""

    def __init__(self, endpoint, directory, seconds):
        self.program, plugins = installed()
        self.directory = directory
        self.deadline = time.monotonic() + seconds
        directory.mkdir()
        (directory / "terraform.rc").write_text(cli_config(plugins))
        self.environment = {
            **{
                name: value for name, value in os.environ.items()
                if not name.upper().startswith(("AWS_", "TF_")) and not name.upper().endswith("_PROXY")
            },
            "HOME": str(directory),
            "TF_CLI_CONFIG_FILE": str(directory / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_VAR_endpoint": endpoint,
            "CHECKPOINT_DISABLE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Terraform loads the descriptions of all of AWS with each command; this saves a third of the time.
            "GOGC": "400",
            # Nobody answers there; it is asked for every host but this one.
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }

    def use(self, state):
        """Puts the configuration of this state in the place of the one before."""
        for file in self.directory.glob("*.tf"):
            file.unlink()
        for folder in (CONFIGURATIONS, CONFIGURATIONS / state):
            for file in folder.iterdir():
                if file.is_file():
                    shutil.copy(file, self.directory)

    def run(self, *arguments, allowed=(0,)):
        """Its exit code and what it printed."""
        child = subprocess.Popen(
            [self.program, *arguments], cwd=self.directory, env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            printed, _ = child.communicate(timeout=max(1, self.deadline - time.monotonic()))
        except BaseException:
            # The provider's processes too.
            os.killpg(child.pid, signal.SIGKILL)
            printed, _ = child.communicate()
            print(printed, flush=True)
            raise
        if child.returncode not in allowed:
            raise Differs(f"terraform {arguments[0]} ended with {child.returncode}\n{readable(printed)}")
        return child.returncode, printed

    def change(self, command, *arguments, **options):
        """Runs a command that plans: its exit code, and the planned action by resource."""
        code, printed = self.run(command, "-json", *arguments, **options)
        planned = {
            message["change"]["resource"]["addr"]: message["change"]["action"]
            for message in messages(printed)
            if message.get("type") == "planned_change"
        }
        return code, {address: action for address, action in planned.items() if action != "read"}

    def apply(self):
        return self.change("apply", "-auto-approve")[1]

    def plan(self):
        """Whether anything differs, and the planned action by resource."""
        code, planned = self.change("plan", "-detailed-exitcode", allowed=(0, 2))
        return code == 2, planned

    def must_be_empty(self):
        differs, planned = self.plan()
        if differs:
            _, printed = self.run("plan", "-no-color", "-detailed-exitcode", allowed=(2,))
            raise Differs(f"a plan right behind the apply is not empty: {sorted(planned)}\n{printed}")

    def destroy(self):
        return self.change("destroy", "-auto-approve")[1]

    def outputs(self):
        _, printed = self.run("output", "-json")
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def resources(self):
        """The addresses of what Terraform has made."""
        _, printed = self.run("state", "list")
        return {line for line in printed.splitlines() if line and not line.startswith("data.")}


def messages(printed):
    """The lines of JSON in what Terraform printed with -json."""
    for line in printed.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def readable(printed):
    """Errors only, where Terraform printed JSON."""
    found = []
    for message in messages(printed):
        diagnostic = message.get("diagnostic")
        if diagnostic and diagnostic["severity"] == "error":
            found.append("\n".join(filter(None, (
                diagnostic.get("address"), diagnostic["summary"], diagnostic.get("detail")))))
    return "\n".join(found) or printed


def walk(server, idp, directory, seconds):
    """The journey; prints a line for each step that is done."""
    steps = []

    def done(what):
        steps.append(what)
        print(f"ok {len(steps)} - {what}", flush=True)

    def same(what, expected, actual):
        if expected != actual:
            raise Differs(f"{what}\n  expected: {expected}\n  got:      {actual}")
        done(what)

    terraform = Terraform(server.endpoint, directory / "terraform", seconds)
    there_already = pools(idp)
    terraform.use("before")
    terraform.run("init", "-no-color")
    done("init")

    made = terraform.apply()
    same("apply makes everything", {"create"}, set(made.values()))
    terraform.must_be_empty()
    done(f"a second plan is empty, for {len(made)} resources")
    same("the data sources", described(idp), terraform.outputs())

    # Both configurations have the same group. An empty plan says something only because this is noticed.
    pool = next(identity for identity, name in pools(idp).items() if name == "attributes")
    idp.update_group(UserPoolId=pool, GroupName="steady", Description="Changed by another.")
    terraform.use("after")
    changed = terraform.apply()
    same("everything is changed, also what another has changed", set(made) - UNCHANGED, set(changed))
    same("nothing is made anew without need", REPLACED,
         {address for address, action in changed.items() if action != "update"})
    terraform.must_be_empty()
    done("a plan behind the change is empty")
    same("the data sources behind the change", described(idp), terraform.outputs())

    same("destroy", {"delete"}, set(terraform.destroy().values()))
    same("nothing is left in the state", set(), terraform.resources())
    same("no pool of Terraform's is left", there_already, pools(idp))
    print(f"1..{len(steps)}")


def pools(idp):
    """The names of all pools, by id."""
    pages = idp.get_paginator("list_user_pools").paginate(MaxResults=60)
    return {pool["Id"]: pool["Name"] for page in pages for pool in page["UserPools"]}


def described(idp):
    """What data.tf has as outputs, from the server itself."""
    by_name = {name: identity for identity, name in pools(idp).items()}
    pool = idp.describe_user_pool(UserPoolId=by_name["full"])["UserPool"]
    named = {"UserPoolId": pool["Id"]}
    clients = {
        client["ClientName"]: client["ClientId"]
        for client in idp.list_user_pool_clients(**named, MaxResults=60)["UserPoolClients"]
    }
    name = next(name for name in clients if name.startswith("full"))
    client = idp.describe_user_pool_client(**named, ClientId=clients[name])["UserPoolClient"]
    grouped = {"UserPoolId": by_name["attributes"]}
    group = idp.get_group(**grouped, GroupName="full")["Group"]
    return {
        "pool": {
            "id": pool["Id"],
            "name": pool["Name"],
            "mfa_configuration": pool["MfaConfiguration"],
            "deletion_protection": pool["DeletionProtection"],
            "domain": pool["Domain"],
            "custom_domain": pool["CustomDomain"],
            "tags": pool["UserPoolTags"],
        },
        "pools_by_name": [pool["Id"]],
        "client": {
            "id": client["ClientId"],
            "name": client["ClientName"],
            "callback_urls": sorted(client["CallbackURLs"]),
            "scopes": sorted(client["AllowedOAuthScopes"]),
        },
        "clients": sorted(clients),
        "certificate": idp.get_signing_certificate(**named)["Certificate"],
        "group": {
            "description": group.get("Description"),
            "precedence": group.get("Precedence"),
            "role_arn": group.get("RoleArn"),
        },
        "groups": sorted(found["GroupName"] for found in idp.list_groups(**grouped)["Groups"]),
    }


if __name__ == "__main__":
    try:
        print(*installed())
    except NotInstalled as error:
        sys.exit(str(error))
