// Chromium's virtual authenticator, which holds passkeys.

/** The authenticator of a laptop, which recognises its user and asks nobody. */
export class VirtualAuthenticator {
  static async plugIn(page) {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const authenticator = new VirtualAuthenticator();
    authenticator.send = (method, input) =>
      devtools.send(`WebAuthn.${method}`, { authenticatorId, ...input });
    return authenticator;
  }

  async credentials() {
    return (await this.send('getCredentials')).credentials;
  }

  async forget(credential) {
    await this.send('removeCredential', { credentialId: credential.credentialId });
  }

  async hold(credential) {
    await this.send('addCredential', { credential });
  }
}
