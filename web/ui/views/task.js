// To come.
export function taskView() { return { title: "task", element: document.createElement("p") }; }
