/** What time it is where the city is, for a watcher elsewhere: all other times are his own. Pure. */

const HOURS = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** The time there, in the watcher's language; null where his clock shows the same, or none knows. */
export function localTime(nowMs: number, timezone: string, language: string): string | null {
  try {
    const [there, here] = [timezone, undefined].map((timeZone) =>
      new Intl.DateTimeFormat('en', { ...HOURS, weekday: 'short', timeZone }).format(nowMs),
    );
    if (there === here) return null;
    return new Intl.DateTimeFormat(language, { ...HOURS, timeZone: timezone }).format(nowMs);
  } catch {
    return null; // a time zone that the browser has not heard of
  }
}
