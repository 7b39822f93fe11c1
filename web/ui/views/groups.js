// To come.
export function groupsView() { return { title: "groups", element: document.createElement("p") }; }
