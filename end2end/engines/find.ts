export type Kind = "button" | "link" | "field";

/** `name`: the source of a regular expression. */
export interface Wanted {
  kind: Kind;
  name: string;
  read?: "value";
}

/** Runs in the page: the first element of this kind and name that can be used, or its value; behind a dialog nothing can. */
export function find<T = Element | null>({ kind, name, read }: Wanted): T {
  const selector = { button: "button", link: "a[href]", field: "input, select, textarea" }[kind];
  const nameOf = (element: Element) => {
    const labels = [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join(" ");
    return (element.getAttribute("aria-label") ?? (labels || element.textContent) ?? "").replace(/\s+/g, " ").trim();
  };
  const isThere = (element: Element) => element.getClientRects().length > 0 && new RegExp(name).test(nameOf(element));
  const all = (document.querySelector("dialog:modal") ?? document).querySelectorAll(selector);
  const found = [...all].find(isThere) ?? null;
  return (read ? ((found as HTMLInputElement | null)?.value ?? "") : found) as T;
}
