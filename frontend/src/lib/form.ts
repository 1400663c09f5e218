import type { SubmitEvent } from "react";

/** A submit handler that hands over the form's text fields by name, trimmed except for passwords. */
export function onSubmit(handle: (fields: (name: string) => string, form: HTMLFormElement) => void) {
  return (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    handle((name) => {
      const value = data.get(name);
      if (typeof value !== "string") return "";
      return name.includes("password") ? value : value.trim();
    }, form);
  };
}
