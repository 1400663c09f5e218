import { Download } from "lucide-react";

import { buttonClass } from "./button";

/** Leads to a file; the browser saves it while the server still writes it. */
export function CsvLink({ href, label }: { href: string; label: string }) {
  return (
    <a href={href} download aria-label={label} className={buttonClass({ look: "secondary", size: "sm" })}>
      <Download aria-hidden="true" className="size-4" />
      CSV
    </a>
  );
}
