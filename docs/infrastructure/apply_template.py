#!/usr/bin/env python3
"""Makes the AWS::Cognito resources of a CloudFormation template, such as `cdk synth` writes, on a Cognate server.

    python3 apply_template.py cdk.out/Team.template.json

It needs boto3, and an endpoint in AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER or in the AWS profile; Amazon's own is
refused. Resources are found again by their names, so that another run brings the server to a changed template. A
resource without a name has its logical id for one. What the template no longer has stays on the server.

Of other services' resources only Lambda functions and IAM roles can be referred to. They get ARNs that are made of
their logical ids, `arn:aws:lambda:us-east-1:000000000000:function:<logical id>` for example, unless --set gives
another value. The outputs of the template are printed as JSON.
"""

import argparse
import json
import re
import sys
import urllib.parse

import boto3
import botocore
from botocore.exceptions import ClientError, ParamValidationError

MADE_UP = {
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
}
PREFIX = "AWS::Cognito::"


class Unsupported(Exception):
    """The template has something that this program or the server does not take."""


class Applied:
    """A template that is being applied: what its resources are on the server."""

    def __init__(self, template, idp, account, values):
        self.template, self.idp, self.account, self.values = template, idp, account, values
        self.region = idp.meta.region_name
        self.attributes = {}

    def run(self):
        for logical_id, resource in self.template["Resources"].items():
            if resource["Type"].startswith(PREFIX):
                self.resource(logical_id)
        outputs = self.template.get("Outputs", {})
        return {name: self.value(output["Value"]) for name, output in outputs.items()}

    def resource(self, logical_id):
        """What GetAtt and Ref say of the resource, which is made first, behind those that it names."""
        if logical_id not in self.attributes:
            resource = self.template["Resources"][logical_id]
            kind = resource["Type"].removeprefix(PREFIX)
            make = MAKERS.get(kind)
            if not make or "Condition" in resource:
                raise Unsupported(f"{resource['Type']} ({logical_id})")
            depends = resource.get("DependsOn", [])
            for other in [depends] if isinstance(depends, str) else depends:
                if self.template["Resources"][other]["Type"].startswith(PREFIX):
                    self.resource(other)
            try:
                made = make(self, logical_id, self.value(resource.get("Properties", {})))
            except (ClientError, ParamValidationError) as error:
                raise Unsupported(f"{resource['Type']} ({logical_id}): {error}") from error
            self.attributes[logical_id] = made
            print(f"{kind} {logical_id}: {made['Ref']}", file=sys.stderr)
        return self.attributes[logical_id]

    def attribute(self, logical_id, name):
        key = logical_id if name == "Ref" else f"{logical_id}.{name}"
        if key in self.values:
            return self.values[key]
        pseudo = {"AWS::Region": self.region, "AWS::AccountId": self.account, "AWS::Partition": "aws"}
        if logical_id in pseudo:
            return pseudo[logical_id]
        if logical_id in self.template.get("Parameters", {}):
            return self.template["Parameters"][logical_id]["Default"]
        kind = self.template["Resources"].get(logical_id, {}).get("Type", "")
        if kind in MADE_UP and name == "Arn":
            return MADE_UP[kind].format(region=self.region, account=self.account, name=logical_id)
        if not kind.startswith(PREFIX):
            raise Unsupported(f"{key}: give it with --set {key}=VALUE")
        return self.resource(logical_id)[name]

    def value(self, node):
        """The node with its references replaced."""
        if isinstance(node, list):
            return [self.value(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, argument), = node.items()
            if function == "Ref":
                return self.attribute(argument, "Ref")
            if function == "Fn::GetAtt":
                logical_id, name = argument if isinstance(argument, list) else argument.split(".", 1)
                return self.attribute(logical_id, name)
            if function == "Fn::Join":
                return argument[0].join(self.value(argument[1]))
            if function == "Fn::Sub" and isinstance(argument, str):
                def replaced(found):
                    logical_id, _, name = found[1].partition(".")
                    return str(self.attribute(logical_id, name or "Ref"))
                return re.sub(r"\$\{([^!}]+)\}", replaced, argument)
            if function.startswith("Fn::"):
                raise Unsupported(function)
        return {name: self.value(item) for name, item in node.items()}

    def members(self, operation):
        return self.idp.meta.service_model.operation_model(operation).input_shape.members

    def call(self, operation, given):
        """Calls the operation with those of the properties that it takes."""
        taken = {name: value for name, value in given.items() if name in self.members(operation)}
        return getattr(self.idp, botocore.xform_name(operation))(**taken)

    def put(self, create, update, exists, given):
        """Updates what exists, or creates it. Every property has to be known to one of the two."""
        for name in given:
            if name not in self.members(create) and name not in self.members(update):
                raise Unsupported(f"the property {name}, which {create} does not take")
        return self.call(update if exists else create, given)

    def is_there(self, operation, given):
        try:
            return self.call(operation, given)
        except (self.idp.exceptions.ResourceNotFoundException, self.idp.exceptions.UserNotFoundException):
            return None

    def pages(self, operation, **given):
        return self.idp.get_paginator(operation).paginate(**given)


def user_pool(self, logical_id, given):
    mode = given.pop("MfaConfiguration", "OFF")
    factors = given.pop("EnabledMfas", ["SMS_MFA"]) if mode != "OFF" else []
    message = {
        name: given.pop(f"EmailAuthentication{name}")
        for name in ("Message", "Subject") if f"EmailAuthentication{name}" in given
    }
    web_authn = {
        name: given.pop(property)
        for property, name in (
            ("WebAuthnRelyingPartyID", "RelyingPartyId"),
            ("WebAuthnUserVerification", "UserVerification"),
            ("WebAuthnFactorConfiguration", "FactorConfiguration"),
        ) if property in given
    }
    given["PoolName"] = given.pop("UserPoolName", logical_id)
    found = [
        pool["Id"] for page in self.pages("list_user_pools", MaxResults=60) for pool in page["UserPools"]
        if pool["Name"] == given["PoolName"]
    ]
    if len(found) > 1:
        raise Unsupported(f"{len(found)} user pools with the name {given['PoolName']}")
    if found:
        given["UserPoolId"] = found[0]
    made = self.put("CreateUserPool", "UpdateUserPool", found, given)
    identity = found[0] if found else made["UserPool"]["Id"]
    pool = self.idp.describe_user_pool(UserPoolId=identity)["UserPool"]
    known = {attribute["Name"].removeprefix("custom:") for attribute in pool["SchemaAttributes"]}
    added = [attribute for attribute in given.get("Schema", []) if attribute["Name"] not in known]
    if added:
        self.idp.add_custom_attributes(UserPoolId=identity, CustomAttributes=added)
    mfa = {"UserPoolId": identity, "MfaConfiguration": mode}
    if "SMS_MFA" in factors:
        mfa["SmsMfaConfiguration"] = {"SmsConfiguration": pool["SmsConfiguration"]}
        if "SmsAuthenticationMessage" in pool:
            mfa["SmsMfaConfiguration"]["SmsAuthenticationMessage"] = pool["SmsAuthenticationMessage"]
    if "SOFTWARE_TOKEN_MFA" in factors:
        mfa["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if "EMAIL_OTP" in factors:
        mfa["EmailMfaConfiguration"] = message
    if web_authn:
        mfa["WebAuthnConfiguration"] = web_authn
    self.idp.set_user_pool_mfa_config(**mfa)
    issuer = f"{self.idp.meta.endpoint_url.rstrip('/')}/{identity}"
    return {
        "Ref": identity, "UserPoolId": identity, "Arn": pool["Arn"],
        "ProviderName": issuer.split("://", 1)[1], "ProviderURL": issuer,
    }


def user_pool_client(self, logical_id, given):
    given.setdefault("ClientName", logical_id)
    pages = self.pages("list_user_pool_clients", UserPoolId=given["UserPoolId"], MaxResults=60)
    found = next((
        client["ClientId"] for page in pages for client in page["UserPoolClients"]
        if client["ClientName"] == given["ClientName"]
    ), None)
    if found:
        given["ClientId"] = found
    client = self.put("CreateUserPoolClient", "UpdateUserPoolClient", found, given)["UserPoolClient"]
    return {
        "Ref": client["ClientId"], "ClientId": client["ClientId"], "Name": client["ClientName"],
        "ClientSecret": client.get("ClientSecret", ""),
    }


def group(self, logical_id, given):
    given.setdefault("GroupName", logical_id)
    self.put("CreateGroup", "UpdateGroup", self.is_there("GetGroup", given), given)
    return {"Ref": given["GroupName"]}


def user(self, logical_id, given):
    given.setdefault("Username", logical_id)
    there = self.is_there("AdminGetUser", given)
    if not there:
        self.put("AdminCreateUser", "AdminCreateUser", False, given)
    elif given.get("UserAttributes"):
        self.call("AdminUpdateUserAttributes", given)
    return {"Ref": given["Username"]}


def domain(self, _logical_id, given):
    there = self.call("DescribeUserPoolDomain", given)["DomainDescription"]
    self.put("CreateUserPoolDomain", "UpdateUserPoolDomain", there, given)
    described = self.call("DescribeUserPoolDomain", given)["DomainDescription"]
    return {"Ref": given["Domain"], "CloudFrontDistribution": described.get("CloudFrontDistribution", "")}


def resource_server(self, _logical_id, given):
    there = self.is_there("DescribeResourceServer", given)
    self.put("CreateResourceServer", "UpdateResourceServer", there, given)
    return {"Ref": given["Identifier"]}


def identity_provider(self, _logical_id, given):
    there = self.is_there("DescribeIdentityProvider", given)
    self.put("CreateIdentityProvider", "UpdateIdentityProvider", there, given)
    return {"Ref": given["ProviderName"]}


def managed_login_branding(self, _logical_id, given):
    there = self.is_there("DescribeManagedLoginBrandingByClient", given)
    given.pop("ReturnMergedResources", None)
    if there:
        given["ManagedLoginBrandingId"] = there["ManagedLoginBranding"]["ManagedLoginBrandingId"]
    made = self.put("CreateManagedLoginBranding", "UpdateManagedLoginBranding", there, given)
    identity = made["ManagedLoginBranding"]["ManagedLoginBrandingId"]
    return {"Ref": identity, "ManagedLoginBrandingId": identity}


def whole(operation):
    """A resource that one operation replaces, each time."""

    def make(self, logical_id, given):
        if operation == "SetRiskConfiguration" and given.get("ClientId") == "ALL":
            del given["ClientId"]
        self.put(operation, operation, False, given)
        return {"Ref": logical_id}

    return make


MAKERS = {
    "UserPool": user_pool,
    "UserPoolClient": user_pool_client,
    "UserPoolGroup": group,
    "UserPoolUser": user,
    "UserPoolUserToGroupAttachment": whole("AdminAddUserToGroup"),
    "UserPoolDomain": domain,
    "UserPoolResourceServer": resource_server,
    "UserPoolIdentityProvider": identity_provider,
    "UserPoolRiskConfigurationAttachment": whole("SetRiskConfiguration"),
    "UserPoolUICustomizationAttachment": whole("SetUICustomization"),
    "LogDeliveryConfiguration": whole("SetLogDeliveryConfiguration"),
    "ManagedLoginBranding": managed_login_branding,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("template", type=argparse.FileType())
    parser.add_argument("--account", default="000000000000", help="server.account_id (default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="what a parameter, Ref or GetAtt (as RESOURCE.ATTRIBUTE) stands for")
    options = parser.parse_args()
    idp = boto3.client("cognito-idp")
    host = urllib.parse.urlsplit(idp.meta.endpoint_url).hostname or ""
    if host.endswith(("amazonaws.com", "amazonaws.com.cn")):
        parser.error("the endpoint is Amazon's: set AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    values = dict(value.split("=", 1) for value in options.set)
    try:
        outputs = Applied(json.load(options.template), idp, options.account, values).run()
    except Unsupported as found:
        sys.exit(f"stopped at {found}")
    print(json.dumps(outputs, indent=2))


if __name__ == "__main__":
    main()
