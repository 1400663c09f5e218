import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { createApp } from "@/app/create-app";
import { Providers } from "@/app/providers";

import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <Providers app={createApp()} />
  </StrictMode>,
);
