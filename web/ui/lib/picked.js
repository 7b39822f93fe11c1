// The systems that a person has picked in one view to do something with in another. They go with the page.

export const picked = new Set();

export function pick(uris) {
  picked.clear();
  for (const uri of uris) picked.add(uri);
}
