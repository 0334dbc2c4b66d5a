import { createRoot } from "react-dom/client";
import { signedInAs } from "./api.ts";
import { Dashboard } from "./pages/Dashboard.tsx";
import { Login } from "./pages/Login.tsx";
import { ProfilePage } from "./pages/Profile.tsx";
import { Register } from "./pages/Register.tsx";
import { Workflows } from "./pages/Workflows.tsx";
import { Redirect, usePath } from "./router.tsx";
import { Shell } from "./shell.tsx";
import { showRememberedTheme } from "./theme.ts";
import "./styles.css";

function Page() {
	const path = usePath();
	if (path === "/login") return <Login />;
	if (path === "/register") return <Register />;
	if (signedInAs() === undefined) return <Redirect to="/login" />;
	if (path === "/dashboard") return <Dashboard />;
	if (path === "/workflows") return <Workflows />;
	if (path === "/profile") return <ProfilePage />;
	return <Redirect to="/dashboard" />;
}

function App() {
	// Drawn again with every change of the path, so that the frame knows who is signed in.
	usePath();
	return (
		<Shell>
			<Page />
		</Shell>
	);
}

showRememberedTheme();
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
