/** Polls until the condition holds; throws after the deadline. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error("The condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
