"""The user pools of the journeys through a pool's domain, and how programs are told to trust its certificate."""

from journey_pools import email, sms, totp

PASSWORD = "Corr3ct-Horse!"
SCOPES = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]
# Nobody listens there: what stands for a browser reads the address it is sent to, and goes no further.
CALLBACK = "http://localhost:3000/callback"
SIGNED_OUT = "http://localhost:3000/signed-out"
AUTHJS_CALLBACK = "http://localhost:3000/auth/callback/cognito"


def trusting(server):
    """The environment of programs that trust the certificate which the server has made."""
    certificate = str(server.certificate)
    return {
        "NODE_EXTRA_CA_CERTS": certificate,
        # The server listens on the IPv4 address alone, and Node 18 tries only the first that `localhost` has.
        "NODE_OPTIONS": "--dns-result-order=ipv4first",
        "SSL_CERT_FILE": certificate,
        "REQUESTS_CA_BUNDLE": certificate,
    }


def given(server, mail_file):
    """What the journeys' programs are told of the server itself."""
    return {
        "endpoint": f"{server.public_url}/",
        "certificate": str(server.certificate),
        "mailFile": str(mail_file),
    }


def at_domain(server, prefix, identity):
    """Where a pool is found, by the prefix of its domain: by path, and by a host name of its own."""
    return {
        "poolId": identity,
        "issuer": f"{server.public_url}/{identity}",
        "domain": f"{server.public_url}/{prefix}",
        # Browsers resolve it by themselves.
        "byHost": f"https://{prefix}.auth.localhost:{server.https_port}",
    }


def client(idp, pool_id, name, **settings):
    """An app client that signs in at the domain, unless the settings say otherwise."""
    made = idp.create_user_pool_client(**{
        "UserPoolId": pool_id,
        "ClientName": name,
        "SupportedIdentityProviders": ["COGNITO"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": SCOPES,
        "CallbackURLs": [CALLBACK],
        "LogoutURLs": [SIGNED_OUT],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        **settings,
    })["UserPoolClient"]
    return {"clientId": made["ClientId"], "clientSecret": made.get("ClientSecret")}


def user(idp, pool_id, username, password=PASSWORD, permanent=True, **attributes):
    """A user that an administrator made, with a password or a temporary one; what tests need to know of it."""
    made = idp.admin_create_user(
        UserPoolId=pool_id, Username=username, MessageAction="SUPPRESS", TemporaryPassword=password,
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )["User"]
    if permanent:
        idp.admin_set_user_password(
            UserPoolId=pool_id, Username=username, Password=password, Permanent=True,
        )
    sub = next(one["Value"] for one in made["Attributes"] if one["Name"] == "sub")
    return {"username": username, "password": password, "sub": sub, **attributes}


def libraries(server, idp):
    """A pool whose clients are a public one, one with a secret, and a machine."""
    pool_id = idp.create_user_pool(PoolName="libraries")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool_id, Domain="people")
    idp.create_resource_server(
        UserPoolId=pool_id, Identifier="orders", Name="Orders",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")],
    )
    idp.create_group(UserPoolId=pool_id, GroupName="editors")
    ada = user(
        idp, pool_id, "ada", email="ada@example.com", email_verified="true", name="Ada Lovelace",
    )
    idp.admin_add_user_to_group(UserPoolId=pool_id, Username="ada", GroupName="editors")
    return {
        **at_domain(server, "people", pool_id),
        "callback": CALLBACK,
        "signedOut": SIGNED_OUT,
        "authjsCallback": AUTHJS_CALLBACK,
        "ada": ada,
        "public": client(idp, pool_id, "public"),
        "confidential": client(
            idp, pool_id, "confidential", GenerateSecret=True,
            AllowedOAuthScopes=["openid", "email", "profile", "orders/read"],
            CallbackURLs=[CALLBACK, AUTHJS_CALLBACK],
        ),
        "machine": client(
            idp, pool_id, "machine", GenerateSecret=True, AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["orders/read", "orders/write"], CallbackURLs=[],
        ),
    }


def pages(server, idp, site_port):
    """The pools whose pages a browser opens: with managed login's look and with the classic one. Applications are
    at the port, each at a path of its own."""
    return {
        "sitePort": site_port,
        "managed": pool_with_pages(server, idp, "managed", site_port),
        "classic": pool_with_pages(server, idp, "classic", site_port),
        **pools_with_steps(server, idp, site_port),
    }


def pools_with_steps(server, idp, site_port):
    """Pools of managed login whose sign-ins have further steps."""
    password, choice = ["ALLOW_USER_PASSWORD_AUTH"], ["ALLOW_USER_AUTH"]

    def first_factors(*names):
        return {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", *names]}}}

    def made(name, flows, factors=None, **settings):
        pool_id = idp.create_user_pool(PoolName=name, **settings)["UserPool"]["Id"]
        if factors:
            idp.set_user_pool_mfa_config(UserPoolId=pool_id, **factors)
        return with_pages(server, idp, pool_id, name, 2, site_port, flows, ["plain"])

    return {
        # Everybody has an authenticator app, or sets one up; and has a given name, or gives it.
        "required": made("required", password, totp("ON"), Schema=required("given_name")),
        # Everybody has some second factor, of any kind. Passwords are no concern of this pool's mail and numbers.
        "several": made(
            "several", password, {**totp("ON"), **sms(), **email()},
            AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
        ),
        # Who signs up says more, each by a type of its own.
        "attributes": made(
            "attributes", password, AutoVerifiedAttributes=["email"],
            Schema=required("email", "phone_number", "birthdate", "updated_at"),
        ),
        "choosing": made("choosing", choice, **first_factors("EMAIL_OTP"), AutoVerifiedAttributes=["email"]),
        "passkeys": made("passkeys", choice, **first_factors("WEB_AUTHN")),
        "links": made(
            "links", password, AutoVerifiedAttributes=["email"],
            VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"},
        ),
    }


def required(*names):
    """Standard attributes that a user has to have. All but one are texts."""
    types = {"updated_at": "Number"}
    return [
        {"Name": name, "AttributeDataType": types.get(name, "String"), "Required": True, "Mutable": True}
        for name in names
    ]


def pool_with_pages(server, idp, look, site_port):
    """A pool where users may have second factors, and need a given name and an e-mail address."""
    pool_id = idp.create_user_pool(
        PoolName=look, AutoVerifiedAttributes=["email"],
        # The first way to a new password is no second factor. Nobody has a phone, so that mail is used for both.
        AccountRecoverySetting={"RecoveryMechanisms": [
            {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
        ]},
        Schema=required("given_name", "email"),
    )["UserPool"]["Id"]
    idp.set_user_pool_mfa_config(UserPoolId=pool_id, **totp("OPTIONAL"), **email())
    return with_pages(
        server, idp, pool_id, look, 2 if look == "managed" else 1, site_port, ["ALLOW_USER_PASSWORD_AUTH"],
        ["amplify", "oidc", "plain"],
    )


def with_pages(server, idp, pool_id, prefix, version, site_port, flows, applications):
    """Gives the pool a domain with the pages of this version, and an app client for each application."""
    idp.create_user_pool_domain(UserPoolId=pool_id, Domain=prefix, ManagedLoginVersion=version)
    clients = {}
    for name in applications:
        address = f"http://localhost:{site_port}/{name}"
        clients[name] = client(
            idp, pool_id, name, CallbackURLs=[address], LogoutURLs=[address],
            ExplicitAuthFlows=[*flows, "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        if version == 2:
            # Without a style a client has no pages.
            idp.create_managed_login_branding(
                UserPoolId=pool_id, ClientId=clients[name]["clientId"], UseCognitoProvidedValues=True,
            )
    return {**at_domain(server, prefix, pool_id), "clients": clients}
