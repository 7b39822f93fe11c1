// To come.
export function fleetView() { return { title: "fleet", element: document.createElement("p") }; }
