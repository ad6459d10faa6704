// Three things that markup alone cannot do: passwords are shown, their rules are ticked while they are typed, and
// passkeys are made and used.

// The characters that the server counts as symbols (src/domain/password.rs); a test compares the two.
const symbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";
const rules = {
  length: (password, minimum) => [...password].length >= minimum,
  lower: (password) => /[a-z]/.test(password),
  upper: (password) => /[A-Z]/.test(password),
  number: (password) => /[0-9]/.test(password),
  symbol: (password) => [...password].some((c) => symbols.includes(c)) || password.replace(/^ +| +$/g, "").includes(" "),
};

for (const button of document.querySelectorAll(".reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  });
  // A shown password would be remembered as a text.
  input.form.addEventListener("submit", () => {
    input.type = "password";
    button.setAttribute("aria-pressed", false);
  });
}

for (const list of document.querySelectorAll("[data-rules]")) {
  const input = document.getElementById(list.dataset.rules);
  const tick = () => {
    for (const item of list.children) {
      const met = rules[item.dataset.rule](input.value, Number(item.dataset.minimum));
      item.classList.toggle("passwordCheck-valid-customizable", met);
      item.classList.toggle("passwordCheck-notValid-customizable", !met);
      item.lastElementChild.textContent = ": " + (met ? list.dataset.met : list.dataset.notMet);
    }
  };
  input.addEventListener("input", tick);
}

// Bytes travel as base64url.
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

function text(buffer) {
  let plain = "";
  for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const withId = (credential) => ({ ...credential, id: bytes(credential.id) });

// The browsers' own conversions are left aside: older ones lack them, and some password stores fail in them.
async function ask(task, json) {
  const options = JSON.parse(json);
  options.challenge = bytes(options.challenge);
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) options[list] = options[list].map(withId);
  }
  if (task === "create") options.user = withId(options.user);
  const credential = await navigator.credentials[task]({ publicKey: options });
  const answer = credential.response;
  const response = { clientDataJSON: text(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (answer[name]) response[name] = text(answer[name]);
  }
  if (answer.getTransports) response.transports = answer.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

const passkey = document.querySelector("form[data-passkey]");
if (passkey) {
  const problem = document.getElementById("passkey-problem");
  const button = passkey.querySelector("button");
  const say = (message) => {
    problem.textContent = message;
    problem.hidden = !message;
  };
  if (window.PublicKeyCredential) button.disabled = false;
  else say(passkey.dataset.unsupported);
  passkey.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say("");
    try {
      passkey.elements.credential.value = await ask(passkey.dataset.passkey, passkey.dataset.options);
      passkey.submit();
    } catch {
      say(passkey.dataset.failed);
      button.disabled = false;
    }
  });
}
