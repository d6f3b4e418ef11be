/** Opens the record that a link points to. Not every browser opens a closed `details` element for a target inside it. */
export function openLinkedRecords(): void {
  const open = (): void => {
    const target = document.getElementById(location.hash.slice(1));
    for (let at = target?.closest('details'); at; at = at.parentElement?.closest('details')) at.open = true;
    target?.scrollIntoView();
  };
  addEventListener('hashchange', open);
  if (location.hash !== '') open();
}
