// Passkeys: a form with data-passkey="create" or "get" asks the browser for one, and is sent with the answer.
// Its options are in data-options (JSON), or at the address data-options-url.

async function options(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const headers = { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" };
  const answer = await fetch(form.dataset.optionsUrl, { headers, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return (await answer.json()).request_options;
}

async function ask(form) {
  const { publicKey } = await options(form);
  const isNew = form.dataset.passkey === "create";
  const read = isNew ? PublicKeyCredential.parseCreationOptionsFromJSON : PublicKeyCredential.parseRequestOptionsFromJSON;
  const parsed = { publicKey: read.call(PublicKeyCredential, publicKey) };
  const credential = isNew ? await navigator.credentials.create(parsed) : await navigator.credentials.get(parsed);
  return JSON.stringify(credential);
}

function explain(error) {
  if (location.hostname === "127.0.0.1" || location.hostname === "[::1]")
    return `Passkeys belong to a name, not to an address of numbers: open http://localhost:${location.port} instead.`;
  if (error.name === "NotAllowedError") return "No passkey was given. Try again when you are ready.";
  if (error.name === "InvalidStateError") return "This device has a passkey for you already.";
  if (error.name === "SecurityError") return "Passkeys need https:// and the name that Tocsin is set up with (public_url).";
  return `The passkey could not be used: ${error.message}`;
}

function say(form, text) {
  const place = form.querySelector("[data-passkey-error]");
  place.textContent = text;
  place.hidden = !text;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  say(form, "");
  try {
    if (!window.PublicKeyCredential || !PublicKeyCredential.parseCreationOptionsFromJSON)
      throw new Error("this browser is too old for passkeys, or the page is not at https:// or http://localhost");
    form.elements.credential.value = await ask(form);
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(form, explain(error));
  }
});
