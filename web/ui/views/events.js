// To come.
export function eventsView() { return { title: "events", element: document.createElement("p") }; }
