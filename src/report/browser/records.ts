/** A link to a record opens it; browsers do so for targets inside closed details, but not all of them yet. */
export function openLinkedRecords(): void {
  const open = (): void => {
    const target = document.getElementById(location.hash.slice(1));
    for (let at = target?.closest('details'); at; at = at.parentElement?.closest('details')) at.open = true;
    target?.scrollIntoView();
  };
  addEventListener('hashchange', open);
  if (location.hash !== '') open();
}
