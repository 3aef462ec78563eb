/** upstream: "dd/mm/YYYY HH:MM", as the dashboard writes it. */
export function dayAndTime(atMs: number): string {
  const text = new Date(atMs).toISOString();
  const [year = "", month = "", day = ""] = text.slice(0, 10).split("-");
  return `${day}/${month}/${year} ${text.slice(11, 16)}`;
}

export function isDayAndTime(text: string): boolean {
  return /^\d\d\/\d\d\/\d{4} \d\d:\d\d$/.test(text);
}
