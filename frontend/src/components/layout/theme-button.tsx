import { Monitor, Moon, Sun } from "lucide-react";

import { Button } from "@/components/ui/button";
import { setTheme, THEMES, useTheme, type Theme } from "@/lib/theme";

const ICONS = { light: Sun, dark: Moon, system: Monitor } as const;
const LABELS: Record<Theme, string> = { light: "light", dark: "dark", system: "like the system" };

/** Light, dark, like the system, and round again. */
export function ThemeButton() {
  const theme = useTheme();
  const Icon = ICONS[theme];
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const label = `Theme: ${LABELS[theme]}. Change to ${LABELS[next]}`;
  return (
    <Button
      look="quiet"
      size="icon"
      aria-label={label}
      title={label}
      onClick={() => {
        setTheme(next);
      }}
    >
      <Icon aria-hidden="true" className="size-4.5" />
    </Button>
  );
}
