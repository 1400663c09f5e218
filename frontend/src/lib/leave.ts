/** Leaves for a page of somebody else. */
export function leaveFor(url: string) {
  window.location.assign(url);
}
