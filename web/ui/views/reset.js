// To come.
export function resetView() { return { title: "reset", element: document.createElement("p") }; }
