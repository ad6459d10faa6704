// What a user does in the Authenticator, named as its screens name it.

import { codeFor } from '../journey.mjs';

/** Signs up and confirms with the code from the mailbox, after one wrong code. */
export async function signUpAndConfirm(screen, { email, password }) {
  await screen.step('sign up in the Authenticator', async () => {
    await screen.tab('Create Account');
    await screen.fill('Email', email);
    await screen.fill('Password', password);
    await screen.fill('Confirm Password', password);
    await screen.press('Create Account');
    await screen.heading('We Emailed You');
  });
  const code = await screen.step('the confirmation code arrives by mail', () => codeFor(email));
  await screen.step('a wrong confirmation code is refused', async () => {
    await screen.fill('Confirmation Code', code === '123456' ? '654321' : '123456');
    await screen.press('Confirm');
    await screen.alert('Invalid verification code provided, please try again.');
  });
  await screen.step('confirm, which signs in', async () => {
    await screen.fill('Confirmation Code', code);
    await screen.press('Confirm');
    await screen.heading(`Hello ${email}`);
  });
}

export async function signOut(screen) {
  await screen.press('Sign out');
  await screen.page.getByRole('tab', { name: 'Sign In', exact: true }).waitFor();
}

/** Fills in the screen that the Authenticator begins with; what follows is the caller's to wait for. */
export async function enterPassword(screen, { email, password }) {
  await screen.fill('Email', email);
  await screen.fill('Password', password);
  await screen.press('Sign in');
}

/** Sets a new password with the code from the mailbox, and leads back to the first screen. */
export async function resetPassword(screen, { email, password }) {
  await screen.step('forgot password', async () => {
    await screen.press('Forgot your password?');
    await screen.fill('Enter your email', email);
    await screen.press('Send code');
    await screen.page.getByLabel('New Password', { exact: true }).waitFor();
  });
  const code = await screen.step('the recovery code arrives by mail', () => codeFor(email));
  await screen.step('a wrong recovery code is refused', async () => {
    await screen.fill('Code *', code === '123456' ? '654321' : '123456');
    await screen.fill('New Password', password);
    await screen.fill('Confirm Password', password);
    await screen.press('Submit');
    await screen.alert('Invalid verification code provided, please try again.');
  });
  await screen.step('the right one sets the new password', async () => {
    await screen.fill('Code *', code);
    await screen.press('Submit');
    await screen.page.getByRole('tab', { name: 'Sign In', exact: true }).waitFor();
  });
}
