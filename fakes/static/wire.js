// Small touches only: the page works without them.
(() => {
  document.documentElement.classList.add("js");

  // A sent message leaves the field at once; who tapped a button stays in the conversation.
  document.addEventListener("htmx:config:request", (event) => {
    const form = event.detail.ctx.sourceElement;
    if (!form.matches?.(".say")) return;
    const { submitter } = event.detail.ctx.request;
    submitter?.closest(".scr")?.focus({ preventScroll: true });
    if (submitter?.name) return;
    form.dataset.text = form.elements.text.value;
    form.elements.text.value = "";
    form.elements.text.focus();
  });

  const failed = (event) => {
    const form = event.detail.ctx?.sourceElement;
    if (!form?.matches?.("form[hx-post]")) return;
    if (form.dataset.text && !form.elements.text.value) form.elements.text.value = form.dataset.text;
    document.getElementById("notice").textContent = "No llegó. Prueba otra vez: tu texto sigue aquí.";
  };
  document.addEventListener("htmx:response:error", failed);
  document.addEventListener("htmx:error", failed);
})();
