/** The figures of the strip: how each is read of a city. Drawing is `Strip.tsx`'. */

import { isMuted } from '../alerts/grouping.ts';
import type { CityModel } from '../model/city.ts';
import { cities, figures } from '../model/signals.ts';

export const FIGURES = [
  'open',
  'waiting',
  'late',
  'idle',
  'busy',
  'silent',
  'venues',
  'alerts',
] as const;
export type FigureName = (typeof FIGURES)[number];

/** Figures of which more than none is worth a colour. */
export const TONES: Partial<Record<FigureName, 'warning' | 'critical'>> = {
  late: 'warning',
  silent: 'warning',
  venues: 'warning',
  alerts: 'critical',
};

/** A city's figure; null before anything is known. Follows what it reads. */
export function figureIn(slug: string, name: FigureName): number | null {
  const model = cities.value.get(slug);
  if (name === 'alerts') {
    return model?.known.value === true
      ? model.alerts.all().filter((alert) => !isMuted(alert)).length
      : null;
  }
  if (name === 'venues') return model === undefined ? null : troubledVenues(model).size;
  return figures.value.find((one) => one.city === slug)?.[name] ?? null;
}

/** The venues that an alert fires for, or that we have told to rest. */
function troubledVenues(model: CityModel): Set<string> {
  const troubled = new Set<string>();
  for (const { subject } of model.alerts.all())
    if (subject.kind === 'venue') troubled.add(subject.id);
  for (const venue of model.venues.all())
    if (venue.paused_by !== null) troubled.add(venue.venue_id);
  return troubled;
}
