"""An authenticator app, as a user has it on the phone."""

import time

import pyotp

STEP_SECONDS = 30
# A code is not given so late that it would be too old when the server looks at it.
ON_THE_WAY_SECONDS = 5


class AuthenticatorApp:
    def __init__(self, secret):
        self.totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
        self.last = 0

    def code(self):
        """A code that was not given before: of the step before, of this or of the next one, in this order."""
        while True:
            now = time.time()
            oldest = int((now + ON_THE_WAY_SECONDS) // STEP_SECONDS) - 1
            step = max(self.last + 1, oldest)
            if step <= now // STEP_SECONDS + 1:
                self.last = step
                return self.at(step)
            time.sleep(0.25)

    def wrong(self):
        """The code of no step anywhere near."""
        now = int(time.time() // STEP_SECONDS)
        near = {self.at(now + distance) for distance in range(-3, 4)}
        return next(code for code in (f"{n:06}" for n in range(9)) if code not in near)

    def at(self, step):
        return self.totp.at(step * STEP_SECONDS)
