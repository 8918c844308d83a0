using Microsoft.Extensions.DependencyInjection;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class JobsRegistrationTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_host_goes_on_after_another_host_of_the_process_has_ended()
    {
        await using JobsHarness first = await JobsHarness.StartAsync(postgres);
        // Hangfire takes the process-wide log provider from whichever host configured it last.
        first.Get<IServiceProvider>().GetRequiredService(Type.GetType("Hangfire.IGlobalConfiguration, Hangfire.Core", throwOnError: true)!);
        JobsHarness second = await JobsHarness.StartAsync(postgres);
        await using (second)
        {
            await second.WorkAsync();
        }

        await first.ReceiveAsync(first.Photograph());
        Assert.Single(await first.WorkAsync());
    }
}
