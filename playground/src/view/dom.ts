/** Makes elements. Texts are always set as text, because anyone may have written a delivery. */

export type Child = Node | string;

type Attributes = { readonly [name: string]: string };

/** An HTML element with attributes and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** An SVG element with attributes and children. */
export function svg(name: string, attributes: Attributes, ...children: Child[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** An error's or a finding's clause as a sentence, with code where it has backticks. */
export function sentence(clause: string): Child[] {
  const text = clause.replace(/ \(\w+\)$/, "");
  const whole = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
  return prose(whole);
}

/** A text with code where it has backticks. */
export function prose(text: string): Child[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

/** The element of the page with this id. */
export function byId<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} ${id}`);
  return found;
}

/** Shows a card with a heading in a container, or nothing. */
export function showCard(id: string, title: string, ...content: Child[]): void {
  const container = byId(id, HTMLDivElement);
  container.className = content.length === 0 ? "" : "card";
  container.replaceChildren(
    ...(content.length === 0 ? [] : [element("h2", {}, title), ...content]),
  );
}

/** A table whose rows become blocks on a narrow screen; the roles keep it a table there. */
export function table(caption: string, titles: string[], rows: Child[][]): HTMLElement {
  const row = (...cells: HTMLElement[]) => element("tr", { role: "row" }, ...cells);
  const head = titles.map((title) => element("th", { scope: "col", role: "columnheader" }, title));
  const body = rows.map(([first = "", ...others]) =>
    row(
      element("th", { scope: "row", role: "rowheader" }, first),
      ...others.map((cell) => element("td", { role: "cell" }, cell)),
    ),
  );
  return element(
    "table",
    { role: "table", "aria-label": caption },
    element("thead", { role: "rowgroup" }, row(...head)),
    element("tbody", { role: "rowgroup" }, ...body),
  );
}
