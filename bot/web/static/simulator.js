// Small touches only: the page works without them.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const fresh = () => [...crypto.getRandomValues(new Uint32Array(3))].map((n) => n.toString(36)).join("");
  const ends = new WeakMap(); // height of each screen when it was last at its end

  const settle = (behavior) => {
    for (const screen of document.querySelectorAll(".scr")) {
      if (ends.get(screen) !== screen.scrollHeight) screen.scrollTo({ top: screen.scrollHeight, behavior });
      ends.set(screen, screen.scrollHeight);
    }
  };

  // A persona is changed: ask for the page again, the focus stays on the chooser.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-go]")) event.target.form.requestSubmit();
  });

  // A sent message leaves the field at once, and the next one gets an id of its own.
  document.addEventListener("htmx:config:request", (event) => {
    const form = event.detail.ctx.sourceElement;
    if (!form.matches?.(".say")) return;
    const { submitter } = event.detail.ctx.request;
    form.dataset.id = form.elements.message_id.value;
    form.elements.message_id.value = fresh();
    submitter?.closest(".scr")?.focus({ preventScroll: true }); // an answered question's buttons go, the focus stays
    if (submitter?.name) return;
    form.dataset.text = form.elements.text.value;
    form.elements.text.value = "";
    form.elements.text.focus();
  });

  const failed = (event) => {
    const form = event.detail.ctx?.sourceElement;
    if (!form?.matches?.("form[hx-post]")) return;
    if (form.dataset.text && !form.elements.text.value) {
      form.elements.text.value = form.dataset.text;
      form.elements.message_id.value = form.dataset.id; // it may have arrived: the same id counts once
    }
    document.getElementById("notice").textContent = "No llegó. Prueba otra vez: tu texto sigue aquí.";
  };
  document.addEventListener("htmx:response:error", failed);
  document.addEventListener("htmx:error", failed);

  // The keys of the feature phone write into its field.
  document.addEventListener("click", (event) => {
    const keys = event.target.closest(".keys");
    if (!keys || !event.target.matches("button")) return;
    const field = document.getElementById(keys.dataset.for);
    field.value += event.target.textContent;
    field.focus();
  });

  document.addEventListener("htmx:after:swap", () => settle("auto"));

  // An act is done and its form is gone: go on at the head of the guide.
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.detail.ctx.sourceElement;
    if (form.isConnected || document.activeElement !== document.body) return;
    document.getElementById("guide-h")?.focus({ preventScroll: true });
  });
  document.addEventListener("DOMContentLoaded", () => settle("instant"));
  document.fonts.ready.then(() => settle("instant"));
})();
