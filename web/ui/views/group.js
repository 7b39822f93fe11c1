// To come.
export function groupView() { return { title: "group", element: document.createElement("p") }; }
