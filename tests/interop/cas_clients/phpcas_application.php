<?php
// An application whose pages open to people signed in by CAS, with the library that Moodle, GLPI
// and Nextcloud use. The environment says which: CAS_URL, CAS_VERSION, OWN_URL.
require '/usr/share/php/CAS.php';

$cas = getenv('CAS_URL');
$at = parse_url($cas);
phpCAS::client(getenv('CAS_VERSION'), $at['host'], $at['port'], $at['path'], getenv('OWN_URL'));
// Left alone, the library builds https addresses; here everything is on this machine.
$validation = ['1.0' => 'validate', '2.0' => 'serviceValidate', '3.0' => 'p3/serviceValidate'];
phpCAS::setServerLoginURL("$cas/login?service=" . urlencode(phpCAS::getServiceURL()));
phpCAS::setServerServiceValidateURL("$cas/" . ($validation[getenv('CAS_VERSION')] ?? ''));
phpCAS::setServerSamlValidateURL("$cas/samlValidate");
phpCAS::setServerLogoutURL("$cas/logout");
phpCAS::setNoCasServerValidation();
phpCAS::handleLogoutRequests(true, ['127.0.0.1']);
if (isset($_GET['out'])) {
    phpCAS::logoutWithRedirectService(getenv('OWN_URL') . '/app/left.html');
}
phpCAS::forceAuthentication();
echo '<h1>Inside</h1><pre>';
echo htmlspecialchars(json_encode([phpCAS::getUser(), phpCAS::getAttributes()]));
