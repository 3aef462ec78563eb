/** Polls until the condition holds; throws after the deadline. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error("The condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
