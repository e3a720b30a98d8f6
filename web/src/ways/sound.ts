/**
 * A sound for new alerts, made here and not loaded: two falling tones for a critical one, one for a
 * warning, a soft one for the rest. It sounds in a hidden tab, too. Browsers let no page sound
 * before somebody pressed something in it: until then `soundBlocked` says so.
 */

import { effect, signal } from '@preact/signals';

import { onAlertNews } from '../model/signals.ts';
import type { Alert, Severity } from '../wire/types.ts';
import { Pacer, severest, worthTelling } from './pacer.ts';
import { reaches, soundFrom } from './settings.ts';

const APART_MS = 3_000;
const LOUD = 0.18;

/** Frequencies in hertz, each for `LENGTH_S`. */
const TONES: Readonly<Record<Severity, readonly number[]>> = {
  critical: [880, 660, 880, 660],
  warning: [660, 550],
  info: [520],
};
const LENGTH_S = 0.16;

/** Sound is wanted, and the browser does not let the page make any. */
export const soundBlocked = signal(false);

let context: AudioContext | null = null;

/** Sounds for new alerts from now on, as the settings have it. */
export function followSound(): void {
  const pacer = new Pacer<Alert>(APART_MS, (alerts) => {
    const severity = severest(alerts);
    if (severity !== null) sound(severity);
  });
  onAlertNews((news) => {
    pacer.give(worthTelling(news).filter((one) => reaches(one.severity, soundFrom.peek())));
  });
  effect(() => {
    if (soundFrom.value === 'off') soundBlocked.value = false;
    else look();
  });
  // The first thing pressed anywhere frees it.
  for (const gesture of ['pointerdown', 'keydown']) {
    addEventListener(gesture, () => soundBlocked.peek() && void free(), { passive: true });
  }
}

/** Has the browser let the page sound: called when something is pressed. */
export async function free(): Promise<void> {
  const made = open();
  if (made === null) return;
  await made.resume().catch(() => undefined);
  look();
}

/** Sounds once, to hear what it is like. */
export async function trySound(severity: Severity): Promise<void> {
  await free();
  sound(severity);
}

function open(): AudioContext | null {
  if (context === null && typeof AudioContext !== 'undefined') {
    context = new AudioContext();
    context.addEventListener('statechange', look);
  }
  return context;
}

function look(): void {
  const made = open();
  soundBlocked.value = soundFrom.peek() !== 'off' && made !== null && made.state !== 'running';
}

function sound(severity: Severity): void {
  const made = open();
  if (made === null || made.state !== 'running') {
    look();
    return;
  }
  const gain = made.createGain();
  gain.connect(made.destination);
  TONES[severity].forEach((frequency, at) => {
    const begin = made.currentTime + at * LENGTH_S;
    const tone = made.createOscillator();
    tone.type = 'triangle';
    tone.frequency.value = frequency;
    tone.connect(gain);
    // Without a ramp at both ends it clicks.
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(LOUD, begin + 0.02);
    gain.gain.linearRampToValueAtTime(0, begin + LENGTH_S - 0.01);
    tone.start(begin);
    tone.stop(begin + LENGTH_S);
    if (at === TONES[severity].length - 1) tone.onended = () => gain.disconnect();
  });
  sounded.value += 1;
}

/** How often it has sounded: for tests, which have no ears. */
export const sounded = signal(0);
