/** The words that something is done with: obligatory, and kept for all to read. */

import { useId } from 'preact/hooks';

const LONGEST = 1000; // the server takes no more

export interface ReasonFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function ReasonField({ label, value, onValue }: ReasonFieldProps) {
  const id = useId();
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        required
        maxLength={LONGEST}
        rows={2}
        dir="auto"
        value={value}
        onInput={(event) => {
          const { currentTarget: area } = event;
          // Spaces alone are no reason, and the server refuses them.
          area.setCustomValidity(area.value.trim() === '' && area.value !== '' ? label : '');
          onValue(area.value);
        }}
      />
    </p>
  );
}
