//! The operations, one file each, in a folder per resource: parse, one flow, answer.

mod authentication;
mod branding;
mod convert;
mod devices;
mod domains;
mod environment;
pub mod errors;
pub mod form_input;
mod groups;
mod identity_providers;
mod import_jobs;
mod log_delivery;
mod mfa;
mod passkeys;
mod passwords;
mod profile;
mod quotas;
mod replicas;
mod resource_servers;
mod sessions;
mod sign_up;
mod signer;
mod tags;
mod terms;
mod threat_protection;
pub mod user_pool_clients;
pub mod user_pools;
mod users;

pub use errors::Error;

use crate::app::App;
use crate::model::ops;
use crate::protocol::Registry;

/// Every operation that the server answers. The others are answered with `UnknownOperationException`;
/// `docs/operations.md` lists both.
#[must_use]
pub fn registry() -> Registry<App> {
    Registry::new()
        .with::<ops::AddCustomAttributes>()
        .with::<ops::AddUserPoolClientSecret>()
        .with::<ops::AdminAddUserToGroup>()
        .with::<ops::AdminConfirmSignUp>()
        .with::<ops::AdminCreateUser>()
        .with::<ops::AdminDeleteSoftwareToken>()
        .with::<ops::AdminDeleteUser>()
        .with::<ops::AdminDeleteUserAttributes>()
        .with::<ops::AdminDisableProviderForUser>()
        .with::<ops::AdminDisableUser>()
        .with::<ops::AdminEnableUser>()
        .with::<ops::AdminForgetDevice>()
        .with::<ops::AdminGetDevice>()
        .with::<ops::AdminGetUser>()
        .with::<ops::AdminGetUserAuthFactors>()
        .with::<ops::AdminInitiateAuth>()
        .with::<ops::AdminLinkProviderForUser>()
        .with::<ops::AdminListDevices>()
        .with::<ops::AdminListGroupsForUser>()
        .with::<ops::AdminListUserAuthEvents>()
        .with::<ops::AdminListUserSessions>()
        .with::<ops::AdminRemoveUserFromGroup>()
        .with::<ops::AdminResetUserPassword>()
        .with::<ops::AdminRespondToAuthChallenge>()
        .with::<ops::AdminRevokeUserSession>()
        .with::<ops::AdminSetUserMFAPreference>()
        .with::<ops::AdminSetUserPassword>()
        .with::<ops::AdminSetUserSettings>()
        .with::<ops::AdminUpdateAuthEventFeedback>()
        .with::<ops::AdminUpdateDeviceStatus>()
        .with::<ops::AdminUpdateUserAttributes>()
        .with::<ops::AdminUserGlobalSignOut>()
        .with::<ops::AssociateSoftwareToken>()
        .with::<ops::ChangePassword>()
        .with::<ops::CompleteWebAuthnRegistration>()
        .with::<ops::ConfirmDevice>()
        .with::<ops::ConfirmForgotPassword>()
        .with::<ops::ConfirmSignUp>()
        .with::<ops::CreateGroup>()
        .with::<ops::CreateIdentityProvider>()
        .with::<ops::CreateManagedLoginBranding>()
        .with::<ops::CreateResourceServer>()
        .with::<ops::CreateTerms>()
        .with::<ops::CreateUserImportJob>()
        .with::<ops::CreateUserPool>()
        .with::<ops::CreateUserPoolClient>()
        .with::<ops::CreateUserPoolDomain>()
        .with::<ops::CreateUserPoolReplica>()
        .with::<ops::DeleteGroup>()
        .with::<ops::DeleteIdentityProvider>()
        .with::<ops::DeleteManagedLoginBranding>()
        .with::<ops::DeleteResourceServer>()
        .with::<ops::DeleteTerms>()
        .with::<ops::DeleteUser>()
        .with::<ops::DeleteUserAttributes>()
        .with::<ops::DeleteUserPool>()
        .with::<ops::DeleteUserPoolClient>()
        .with::<ops::DeleteUserPoolClientSecret>()
        .with::<ops::DeleteUserPoolDomain>()
        .with::<ops::DeleteUserPoolReplica>()
        .with::<ops::DeleteWebAuthnCredential>()
        .with::<ops::DescribeIdentityProvider>()
        .with::<ops::DescribeManagedLoginBranding>()
        .with::<ops::DescribeManagedLoginBrandingByClient>()
        .with::<ops::DescribeResourceServer>()
        .with::<ops::DescribeRiskConfiguration>()
        .with::<ops::DescribeTerms>()
        .with::<ops::DescribeTermsByClient>()
        .with::<ops::DescribeUserImportJob>()
        .with::<ops::DescribeUserPool>()
        .with::<ops::DescribeUserPoolClient>()
        .with::<ops::DescribeUserPoolDomain>()
        .with::<ops::ForgetDevice>()
        .with::<ops::ForgotPassword>()
        .with::<ops::GetCSVHeader>()
        .with::<ops::GetClientToken>()
        .with::<ops::GetDerivedToken>()
        .with::<ops::GetDevice>()
        .with::<ops::GetGroup>()
        .with::<ops::GetIdentityProviderByIdentifier>()
        .with::<ops::GetLogDeliveryConfiguration>()
        .with::<ops::GetProvisionedLimit>()
        .with::<ops::GetSigningCertificate>()
        .with::<ops::GetTokensFromRefreshToken>()
        .with::<ops::GetUICustomization>()
        .with::<ops::GetUser>()
        .with::<ops::GetUserAttributeVerificationCode>()
        .with::<ops::GetUserAuthFactors>()
        .with::<ops::GetUserPoolClientSessionConfiguration>()
        .with::<ops::GetUserPoolMfaConfig>()
        .with::<ops::GetUserPoolSessionConfiguration>()
        .with::<ops::GlobalSignOut>()
        .with::<ops::InitiateAuth>()
        .with::<ops::ListDevices>()
        .with::<ops::ListGroups>()
        .with::<ops::ListIdentityProviders>()
        .with::<ops::ListResourceServers>()
        .with::<ops::ListTagsForResource>()
        .with::<ops::ListTerms>()
        .with::<ops::ListUserImportJobs>()
        .with::<ops::ListUserPoolClientSecrets>()
        .with::<ops::ListUserPoolClients>()
        .with::<ops::ListUserPoolReplicas>()
        .with::<ops::ListUserPools>()
        .with::<ops::ListUserSessions>()
        .with::<ops::ListUsers>()
        .with::<ops::ListUsersInGroup>()
        .with::<ops::ListWebAuthnCredentials>()
        .with::<ops::ResendConfirmationCode>()
        .with::<ops::RespondToAuthChallenge>()
        .with::<ops::RevokeToken>()
        .with::<ops::RevokeUserSession>()
        .with::<ops::SetLogDeliveryConfiguration>()
        .with::<ops::SetRiskConfiguration>()
        .with::<ops::SetUICustomization>()
        .with::<ops::SetUserMFAPreference>()
        .with::<ops::SetUserPoolClientSessionConfiguration>()
        .with::<ops::SetUserPoolMfaConfig>()
        .with::<ops::SetUserPoolSessionConfiguration>()
        .with::<ops::SetUserSettings>()
        .with::<ops::SignUp>()
        .with::<ops::StartUserImportJob>()
        .with::<ops::StartWebAuthnRegistration>()
        .with::<ops::StopUserImportJob>()
        .with::<ops::TagResource>()
        .with::<ops::UntagResource>()
        .with::<ops::UpdateAuthEventFeedback>()
        .with::<ops::UpdateDeviceStatus>()
        .with::<ops::UpdateGroup>()
        .with::<ops::UpdateIdentityProvider>()
        .with::<ops::UpdateManagedLoginBranding>()
        .with::<ops::UpdateProvisionedLimit>()
        .with::<ops::UpdateResourceServer>()
        .with::<ops::UpdateTerms>()
        .with::<ops::UpdateUserAttributes>()
        .with::<ops::UpdateUserPool>()
        .with::<ops::UpdateUserPoolClient>()
        .with::<ops::UpdateUserPoolDomain>()
        .with::<ops::UpdateUserPoolReplica>()
        .with::<ops::VerifySoftwareToken>()
        .with::<ops::VerifyUserAttribute>()
}
